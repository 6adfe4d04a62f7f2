namespace ViCo.Gateway.Studio;

/// <summary>One subscription of one connection.</summary>
internal sealed class Following(string jobKey, string jobId) : IDisposable
{
    public string JobKey => jobKey;

    public string JobId => jobId;

    public Action? Left { get; set; }

    public void Dispose() => Left?.Invoke();
}
