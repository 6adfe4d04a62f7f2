namespace ViCo.Hub;

/// <summary>How models are fetched.</summary>
public sealed record ModelHubOptions
{
    /// <summary>The hub or a mirror of it; what <c>HF_ENDPOINT</c> names.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>Sent to the endpoint only, never to where it redirects; what <c>HF_TOKEN</c> holds. Null for public models.</summary>
    public string? Token { get; init; }

    /// <summary>How often a file is tried in a row without a byte gained; default 5.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Pause before the second try, doubled each time, at most a minute; default 1 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A connection that is silent for this long is given up and tried again; default 30 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest file that is accepted; default 20 GiB.</summary>
    public long MaxBytes { get; init; } = 20L << 30;
}
