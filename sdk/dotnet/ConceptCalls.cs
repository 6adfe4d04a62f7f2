using System.Net.Http.Headers;
using System.Text.Json;

namespace ViCo.Client;

/// <summary>Concepts and their photos.</summary>
public sealed class ConceptCalls
{
    private readonly Transport _transport;

    internal ConceptCalls(Transport transport) => _transport = transport;

    /// <summary>All of them, newest first, read page by page.</summary>
    /// <param name="user">Only those made for this user of a front-end.</param>
    /// <param name="tag">Only those with this tag.</param>
    public IAsyncEnumerable<Concept> ListAsync(
        string? user = null, string? tag = null, DateTimeOffset? since = null, CancellationToken cancellationToken = default) =>
        Paging.ListAsync(
            _transport, "concepts", ViCoJson.Default.ConceptPage, page => (page.Concepts, page.Next),
            [("user", user), ("tag", tag), ("since", Paging.Text(since))], cancellationToken);

    /// <summary>One.</summary>
    /// <exception cref="ViCoException">There is none: <c>concept_not_found</c>.</exception>
    public Task<Concept> GetAsync(string concept, CancellationToken cancellationToken = default) =>
        _transport.GetAsync($"concepts/{concept}", ViCoJson.Default.Concept, cancellationToken);

    /// <summary>Makes one.</summary>
    /// <param name="key">The same key makes it once, whenever it is repeated; null: a new one.</param>
    public Task<Concept> CreateAsync(NewConcept concept, string? key = null, CancellationToken cancellationToken = default) =>
        _transport.PostAsync(
            "concepts", JsonSerializer.SerializeToNode(concept, ViCoJson.Default.NewConcept), key, ViCoJson.Default.Concept,
            cancellationToken);

    /// <summary>Changes what is given.</summary>
    public Task<Concept> ChangeAsync(string concept, ConceptChange change, CancellationToken cancellationToken = default) =>
        _transport.PatchAsync(
            $"concepts/{concept}", JsonSerializer.SerializeToNode(change, ViCoJson.Default.ConceptChange)!, ViCoJson.Default.Concept,
            cancellationToken);

    /// <summary>Deletes it with its photos, checkpoints and pictures.</summary>
    public Task DeleteAsync(string concept, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync($"concepts/{concept}", cancellationToken);

    /// <summary>Adds photos: all or none.</summary>
    /// <param name="object">Of several objects the one that they show, from 1.</param>
    /// <exception cref="ViCoException">One of them cannot be used; the message names it.</exception>
    public async Task<IReadOnlyList<Photo>> UploadAsync(
        string concept, IReadOnlyList<PhotoFile> photos, int @object = 1, CancellationToken cancellationToken = default)
    {
        var path = @object == 1 ? $"concepts/{concept}/photos" : $"concepts/{concept}/photos?object={@object}";
        var uploaded = await _transport.PostAsync(path, Form, key: null, ViCoJson.Default.UploadedPhotos, cancellationToken)
            .ConfigureAwait(false);
        return uploaded.Photos;

        MultipartFormDataContent Form()
        {
            var form = new MultipartFormDataContent();
            foreach (var photo in photos)
            {
                var part = new ReadOnlyMemoryContent(photo.Content);
                part.Headers.ContentType = new MediaTypeHeaderValue(photo.MediaType);
                form.Add(part, "photos", photo.Name);
            }
            return form;
        }
    }

    /// <summary>A photo as it is used: upright, without metadata.</summary>
    public Task<byte[]> GetPhotoAsync(string concept, string photo, CancellationToken cancellationToken = default) =>
        _transport.BytesAsync($"concepts/{concept}/photos/{photo}", cancellationToken);

    /// <summary>Removes a photo.</summary>
    public Task DeletePhotoAsync(string concept, string photo, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync($"concepts/{concept}/photos/{photo}", cancellationToken);
}
