namespace ViCo.Gateway.Jobs;

/// <summary>Marks a route whose 202 may wait for its job.</summary>
internal sealed class TakesPreference
{
    public static readonly TakesPreference Wait = new();
}
