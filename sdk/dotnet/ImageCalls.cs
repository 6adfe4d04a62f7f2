namespace ViCo.Client;

/// <summary>Pictures.</summary>
public sealed class ImageCalls
{
    private readonly Transport _transport;

    internal ImageCalls(Transport transport) => _transport = transport;

    /// <summary>The tenant's, those of the newest request first, read page by page.</summary>
    public IAsyncEnumerable<Picture> ListAsync(
        string? concept = null, string? user = null, DateTimeOffset? since = null, CancellationToken cancellationToken = default) =>
        Paging.ListAsync(
            _transport, "images", ViCoJson.Default.PicturePage, page => (page.Images, page.Next),
            [("concept", concept), ("user", user), ("since", Paging.Text(since))], cancellationToken);

    /// <summary>Starts a drawing; its job is followed by <see cref="JobCalls.FollowAsync"/>.</summary>
    /// <param name="key">The same key draws once, whenever it is repeated; null: a new one.</param>
    public Task<Job> DrawAsync(Drawing drawing, string? key = null, CancellationToken cancellationToken = default) =>
        _transport.PostAsync("images", drawing.Body(), key, ViCoJson.Default.Job, cancellationToken);

    /// <summary>A picture's PNG.</summary>
    public Task<byte[]> GetAsync(string image, CancellationToken cancellationToken = default) =>
        _transport.BytesAsync($"images/{image}", cancellationToken);

    /// <summary>Draws a picture again by its job's own settings.</summary>
    public Task<Job> RerunAsync(string image, string? key = null, CancellationToken cancellationToken = default) =>
        _transport.PostAsync($"images/{image}/rerun", body: (System.Text.Json.Nodes.JsonNode?)null, key, ViCoJson.Default.Job,
            cancellationToken);

    /// <summary>Deletes one.</summary>
    public Task DeleteAsync(string image, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync($"images/{image}", cancellationToken);
}
