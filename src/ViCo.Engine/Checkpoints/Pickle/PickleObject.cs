namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>An object of a listed class with its state as plain data, such as a ParameterDict with its <c>_parameters</c>.</summary>
internal sealed class PickleObject(string className, PickleTuple arguments)
{
    public string ClassName { get; } = className;
    public PickleTuple Arguments { get; } = arguments;
    public object? State { get; set; }
}
