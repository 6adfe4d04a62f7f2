namespace ViCo.Gateway.Runs;

/// <param name="Label">At most 80 characters; empty takes it away.</param>
internal sealed record LabelChange(string Label);
