using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Quotas;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Concepts;
using ViCo.Grains.Storage;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Gateway.Photos;

/// <summary>
/// Receives a multipart upload part by part: bytes are counted while they come, type and pixels are checked before anything is decoded.
/// </summary>
/// <remarks>All or none. Bad photos do not stop the reading, so that one answer names every one of them.</remarks>
internal sealed class PhotoUpload(IBlobStore blobs, IOptions<GatewayOptions> options) : IDisposable
{
    private const string Field = "photos";

    private readonly SemaphoreSlim _decoders = new(options.Value.ConcurrentUploads);

    private readonly PhotoRules _rules = new()
    {
        Limits = PictureLimits.Default with { MaxBytes = options.Value.MaxPhotoBytes },
        TrainingSize = options.Value.TrainingSize,
    };

    /// <param name="objectIndex">Which of the concept's objects the photos show, from 0.</param>
    public async Task<(IReadOnlyList<Photo> Photos, ProblemHttpResult? Problem)> ReceiveAsync(
        HttpRequest request, CurrentTenant tenant, ConceptView concept, int objectIndex, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.MediaType != "multipart/form-data"
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary)
        {
            return ([], Problem.Of(415, "unsupported_type",
                $"The request's Content-Type is '{request.ContentType ?? "missing"}'; wanted: multipart/form-data with fields named "
                    + $"'{Field}'."));
        }

        var (accepted, rejected, problem) = await ReadAllAsync(new(boundary, request.Body), cancellationToken);
        return problem is null ? await KeepAsync(new(accepted, rejected), tenant, concept, objectIndex, cancellationToken) : ([], problem);
    }

    /// <summary>Reads a file that is a whole body, and sees whether it is the one that its id says: a cut one is not.</summary>
    /// <param name="id">As <see cref="IdOf"/> makes it.</param>
    public async Task<(byte[]? Content, ProblemHttpResult? Problem)> ReadAsync(
        Stream body, string id, string name, CancellationToken cancellationToken)
    {
        name = Named(name, 1);
        if (await ReadAsync(body, options.Value.MaxPhotoBytes, cancellationToken) is not { } content)
            return (null, Refusal([TooLarge(name)], 0));
        return IdOf(content) is var found && found == id ? (content, null)
            : (null, Problem.Of(422, "photo_differs",
                $"Photo '{name}' came with {content.Length} bytes, whose SHA-256 begins with {found}; wanted: {id}, as the address says."));
    }

    /// <summary>Receives photos that are in memory, under the same rules.</summary>
    public async Task<(IReadOnlyList<Photo> Photos, ProblemHttpResult? Problem)> ReceiveAsync(
        IReadOnlyList<(string Name, byte[] Content)> files, CurrentTenant tenant, ConceptView concept, int objectIndex,
        CancellationToken cancellationToken)
    {
        List<Received> accepted = [];
        List<RejectedPhoto> rejected = [];
        foreach (var (name, content) in files)
        {
            var bounded = content.Length <= options.Value.MaxPhotoBytes ? content : null;
            var (photo, refusal) = await CheckAsync(Named(name, accepted.Count + rejected.Count + 1), bounded, cancellationToken);
            if (refusal is not null) rejected.Add(refusal);
            else if (photo is not null && accepted.All(other => other.Id != photo.Id)) accepted.Add(photo);
        }
        return await KeepAsync(new(accepted, rejected), tenant, concept, objectIndex, cancellationToken);
    }

    private async Task<(IReadOnlyList<Photo> Photos, ProblemHttpResult? Problem)> KeepAsync(
        CheckedPhotos looked, CurrentTenant tenant, ConceptView concept, int objectIndex, CancellationToken cancellationToken)
    {
        var (accepted, rejected) = looked;
        var more = accepted.Where(photo => concept.Photos.All(known => known.Id != photo.Id)).ToList();
        if (rejected.Count > 0) return ([], Refusal(rejected, accepted.Count));
        if (accepted.Count == 0)
            return ([], Problem.Of(400, "no_photos",
                $"The form holds no photo; wanted: one to {options.Value.MaxPhotos} files named '{Field}'."));
        if (accepted.Select(photo =>
            (photo.Name, Known: concept.Photos.FirstOrDefault(known => known.Id == photo.Id && known.ObjectIndex != objectIndex)))
            .FirstOrDefault(photo => photo.Known is not null) is { Known: { } other } odd)
        {
            return ([], Problem.Conflict("photo_of_another_object",
                $"Photo '{odd.Name}' is in the concept as '{other.Name}' of object {other.ObjectIndex + 1}; a photo shows one object. "
                    + $"Nothing was kept."));
        }
        var had = concept.Photos.Count(photo => photo.ObjectIndex == objectIndex);
        if (had + more.Count > options.Value.MaxPhotos)
        {
            var whose = concept.InitWords.Count == 1 ? "The concept" : $"Object {objectIndex + 1} of the concept";
            return ([], Problem.Of(422, "too_many_photos",
                $"{whose} has {had} photos and would get {more.Count} more; wanted: at most {options.Value.MaxPhotos}. Nothing was kept."));
        }

        if (more.Count > 0 && await tenant.Quotas().AdmitPhotos(more.Count, BytesOf(more)) is { } refusal)
            return ([], QuotaAnswers.Of(refusal));

        var photos = new List<Photo>();
        foreach (var photo in accepted)
        {
            var blob = BlobNames.Photo(tenant.Id, concept.Id, photo.Id, photo.Checked.Format == PictureFormat.Png ? "png" : "jpg");
            await blobs.WriteAsync(blob, photo.Checked.Content, cancellationToken: cancellationToken);
            photos.Add(new(photo.Id, photo.Name, photo.Checked.Width, photo.Checked.Height, photo.Checked.Content.Length, blob,
                WithTwin(photo, [.. concept.Photos, .. photos]), objectIndex)
            {
                Fingerprint = photo.Checked.Fingerprint, Checks = PhotoCheck.Looks,
                Digest = Convert.ToHexStringLower(SHA256.HashData(photo.Checked.Content.Span)),
            });
        }
        return (photos, null);
    }

    /// <summary>Adds received photos to their concept. Of one that was deleted meanwhile nothing is left.</summary>
    public async Task<ProblemHttpResult?> AddAsync(IReadOnlyList<Photo> photos, CurrentTenant tenant, string concept)
    {
        foreach (var photo in photos)
        {
            var outcome = await tenant.Concept(concept).AddPhoto(photo);
            if (outcome == Outcome.Done) continue;
            if (outcome == Outcome.Conflict)
                return Problem.Conflict("photo_conflict", $"Photo '{photo.Name}' cannot be added to concept '{concept}' now.");
            foreach (var left in photos) await blobs.DeleteAsync(left.Blob);
            return Problem.NotFound("concept", concept);
        }
        return null;
    }

    private static long BytesOf(IEnumerable<Received> photos) => photos.Sum(photo => (long)photo.Checked.Content.Length);

    public void Dispose() => _decoders.Dispose();

    private async Task<(List<Received> Accepted, List<RejectedPhoto> Rejected, ProblemHttpResult? Problem)> ReadAllAsync(
        MultipartReader reader, CancellationToken cancellationToken)
    {
        List<Received> accepted = [];
        List<RejectedPhoto> rejected = [];
        try
        {
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (section.AsFileSection() is not { Name: Field } file)
                {
                    var found = section.GetContentDispositionHeader()?.Name.Value ?? "?";
                    return ([], [], Problem.Of(400, "unknown_form_field",
                        $"The form has a field '{found}' that is no photo; wanted: files named '{Field}'."));
                }
                var number = accepted.Count + rejected.Count + 1;
                if (number > options.Value.MaxPhotos)
                    return ([], [], Problem.Of(400, "too_many_photos",
                        $"The form holds more than {options.Value.MaxPhotos} photos; an object takes no more."));
                var name = Named(file.FileName, number);
                var content = await ReadAsync(section.Body, options.Value.MaxPhotoBytes, cancellationToken);
                var (photo, refusal) = await CheckAsync(name, content, cancellationToken);
                if (refusal is not null) rejected.Add(refusal);
                else if (photo is not null && accepted.All(other => other.Id != photo.Id)) accepted.Add(photo);
            }
            return (accepted, rejected, null);
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw new BadHttpRequestException("The multipart form ends early or is damaged.", e);
        }
    }

    /// <summary>Decodes off the request's thread, few at a time: a decoded photo takes some hundred MB.</summary>
    private async Task<(Received? Photo, RejectedPhoto? Refusal)> CheckAsync(
        string name, byte[]? content, CancellationToken cancellationToken)
    {
        if (content is null) return (null, TooLarge(name));

        await _decoders.WaitAsync(cancellationToken);
        PhotoVerdict verdict;
        try
        {
            verdict = await Task.Run(() => PhotoCheck.Check(name, content, _rules), cancellationToken);
        }
        finally
        {
            _decoders.Release();
        }
        if (verdict.Problem is { } problem)
            return (null, new(name, "photo_" + problem.Code.Replace('-', '_'), StatusOf(problem.Code), problem.Message));

        return (new(IdOf(content), name, verdict.Photo!, verdict.Warnings), null);
    }

    /// <summary>A photo's warnings, with that it looks like another one of the concept.</summary>
    private static IReadOnlyList<string> WithTwin(Received photo, IEnumerable<Photo> others)
    {
        var twin = others.FirstOrDefault(other => other.Id != photo.Id && other.Fingerprint is { } fingerprint
            && PhotoCheck.AreNearDuplicates(fingerprint, photo.Checked.Fingerprint));
        return twin is null
            ? photo.Warnings
            : [.. photo.Warnings, $"Photo '{photo.Name}' looks like photo '{twin.Name}'; different angles and backgrounds teach more."];
    }

    /// <summary>A photo's id: half of the SHA-256 of its file as it was sent, in hexadecimal.</summary>
    private static string IdOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content))[..32];

    private RejectedPhoto TooLarge(string name) => new(name, "photo_too_many_bytes", 413,
        $"Photo '{name}' is larger than {options.Value.MaxPhotoBytes / 1024.0 / 1024:0.#} MiB.");

    private static int StatusOf(string code) => code switch
    {
        "unsupported-type" => StatusCodes.Status415UnsupportedMediaType,
        "too-many-bytes" or "too-many-pixels" => StatusCodes.Status413PayloadTooLarge,
        _ => StatusCodes.Status422UnprocessableEntity,
    };

    /// <summary>413 or 415 where all bad photos share it, else 422; every bad photo is named.</summary>
    private static ProblemHttpResult Refusal(List<RejectedPhoto> rejected, int good) => Problem.Of(
        rejected.All(photo => photo.Status == rejected[0].Status) ? rejected[0].Status : StatusCodes.Status422UnprocessableEntity,
        rejected.Count == 1 ? rejected[0].Code : "photos_rejected",
        string.Join(" ", rejected.Select(photo => photo.Reason)) + (good > 0 ? " None of the request's photos was kept." : ""),
        new Dictionary<string, object?> { ["photos"] = (IReadOnlyList<RejectedPhoto>)rejected });

    /// <summary>The file's own name without path and without what does not read: it comes back in messages.</summary>
    private static string Named(string? fileName, int number)
    {
        var name = ReadableText.Cleaned(Path.GetFileName((fileName ?? "").Replace('\\', '/'))).Trim('"', ' ');
        return name.Length == 0 ? $"photo {number}" : name.Length <= 120 ? name
            : name[..(char.IsHighSurrogate(name[119]) ? 119 : 120)];
    }

    /// <summary>Null when there is more than the limit; what is too much is read and dropped so that the next part can be found.</summary>
    private static async Task<byte[]?> ReadAsync(Stream body, int limit, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        var chunk = new byte[81920];
        var total = 0L;
        for (int read; (read = await body.ReadAsync(chunk, cancellationToken)) > 0;)
        {
            total += read;
            if (total <= limit) content.Write(chunk, 0, read);
        }
        return total <= limit ? content.ToArray() : null;
    }

    private sealed record CheckedPhotos(List<Received> Accepted, List<RejectedPhoto> Rejected);
}

/// <summary>A photo that passed, not stored yet.</summary>
internal sealed record Received(string Id, string Name, AcceptedPhoto Checked, IReadOnlyList<string> Warnings);

/// <param name="Status">The status the photo alone would have got.</param>
internal sealed record RejectedPhoto(string Name, string Code, int Status, string Reason);
