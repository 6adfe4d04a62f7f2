namespace ViCo.Client;

/// <summary>Trainings and their checkpoints.</summary>
public sealed class RunCalls
{
    private readonly Transport _transport;

    internal RunCalls(Transport transport) => _transport = transport;

    /// <summary>A concept's, newest first, read page by page.</summary>
    public IAsyncEnumerable<Run> ListAsync(string concept, CancellationToken cancellationToken = default) => Paging.ListAsync(
        _transport, $"concepts/{concept}/runs", ViCoJson.Default.RunPage, page => (page.Runs, page.Next), [], cancellationToken);

    /// <summary>One.</summary>
    public Task<Run> GetAsync(string concept, string run, CancellationToken cancellationToken = default) =>
        _transport.GetAsync($"concepts/{concept}/runs/{run}", ViCoJson.Default.Run, cancellationToken);

    /// <summary>Starts a training over the concept's photos of now; the job's id is the run's.</summary>
    /// <param name="key">The same key starts it once, whenever it is repeated; null: a new one.</param>
    public Task<Job> StartAsync(string concept, Training training, string? key = null, CancellationToken cancellationToken = default) =>
        _transport.PostAsync($"concepts/{concept}/trainings", training.Body(), key, ViCoJson.Default.Job, cancellationToken);

    /// <summary>Trains a run that has ended further, to more steps.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public Task<Job> ExtendAsync(string concept, string run, Training training, string? key = null,
        CancellationToken cancellationToken = default) =>
        _transport.PostAsync($"concepts/{concept}/runs/{run}/extensions", training.Body(), key, ViCoJson.Default.Job, cancellationToken);

    /// <summary>Starts a run of its own where another one ended.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public Task<Job> BranchAsync(string concept, string run, Training training, string? key = null,
        CancellationToken cancellationToken = default) =>
        _transport.PostAsync($"concepts/{concept}/runs/{run}/branches", training.Body(), key, ViCoJson.Default.Job, cancellationToken);

    /// <summary>Copies the safetensors file of a checkpoint.</summary>
    public Task DownloadAsync(string concept, string run, int step, Stream to, CancellationToken cancellationToken = default) =>
        _transport.CopyAsync($"concepts/{concept}/runs/{run}/checkpoints/{step}", to, cancellationToken);

    /// <summary>Deletes a run with its jobs and checkpoints.</summary>
    public Task DeleteAsync(string concept, string run, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync($"concepts/{concept}/runs/{run}", cancellationToken);
}
