using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using ViCo.Gateway.Concepts;
using ViCo.Gateway.Http;
using ViCo.Gateway.Images;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Concepts;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Photos;

/// <summary>Photos of a concept: upload, look, remove.</summary>
internal static class PhotosApi
{
    public static void MapPhotos(this IEndpointRouteBuilder routes)
    {
        var options = routes.ServiceProvider.GetRequiredService<IOptions<GatewayOptions>>().Value;
        var group = routes.MapGroup("/concepts/{concept:id}/photos").WithTags("Photos").Needs(Grants.ConceptsRead);
        group.MapPost("/", Upload).Needs(Grants.ConceptsWrite)
            .WithSummary(
                "Adds photos (multipart fields named 'photos'). All or none: one bad photo refuses the request, and the answer names "
                + "it. Of several objects ?object= says which they show.")
            .Accepts<PhotoForm>("multipart/form-data").Limited(RateLimits.Uploads).WithMetadata(new BodyLimit(options.MaxUploadBytes))
            .Knows("object");
        group.MapPut("/{photo:id}", Put).Needs(Grants.ConceptsWrite)
            .WithSummary(
                "Adds one photo: the body is the file, its id the first 32 hexadecimal digits of the file's SHA-256. 201: it is new; 200: "
                + "it was there, and its bytes were not read. Of several objects ?object= says which it shows.")
            .Accepts<Stream>("application/octet-stream", "image/jpeg", "image/png", "image/webp").Limited(RateLimits.Uploads)
            .WithMetadata(new BodyLimit(options.MaxUploadBytes)).Knows("name", "object");
        group.MapRead("/{photo:id}", Get, "w")
            .WithSummary("A photo as it is used: upright, without metadata; with ?w= a small copy as WebP or JPEG, as Accept prefers.")
            .Produces<FileContentHttpResult>(200, "image/png", "image/jpeg", "image/webp").TakesSignatures();
        group.MapDelete("/{photo:id}", Remove).Needs(Grants.ConceptsWrite).WithSummary("Removes a photo.").Knows();
    }

    private static async Task<Results<Ok<UploadedPhotos>, ProblemHttpResult>> Upload(
        string concept, HttpRequest request, CurrentTenant tenant, PhotoUpload upload, CancellationToken cancellationToken, int @object = 1)
    {
        if (await tenant.Concept(concept).Get() is not { } view) return Problem.NotFound("concept", concept);
        if (ProblemOf(@object, view) is { } odd) return odd;
        var (photos, problem) = await upload.ReceiveAsync(request, tenant, view, @object - 1, cancellationToken);
        if ((problem ?? await upload.AddAsync(photos, tenant, concept)) is { } refusal) return refusal;
        return TypedResults.Ok(new UploadedPhotos([.. photos.Select(photo => PhotoResponse.Of(concept, photo))]));
    }

    private static async Task<Results<Created<PhotoResponse>, Ok<PhotoResponse>, ProblemHttpResult>> Put(
        string concept, string photo, HttpRequest request, CurrentTenant tenant, PhotoUpload upload, CancellationToken cancellationToken,
        string? name = null, int @object = 1)
    {
        if (await tenant.Concept(concept).Get() is not { } view) return Problem.NotFound("concept", concept);
        if (ProblemOf(@object, view) is { } odd) return odd;
        if (view.Photos.FirstOrDefault(known => known.Id == photo && known.ObjectIndex == @object - 1) is { } there)
            return TypedResults.Ok(PhotoResponse.Of(concept, there));

        name ??= $"photo {view.Photos.Count + 1}";
        var (content, problem) = await upload.ReadAsync(request.Body, photo, name, cancellationToken);
        if (content is null) return problem!;
        (var photos, problem) = await upload.ReceiveAsync([(name, content)], tenant, view, @object - 1, cancellationToken);
        if ((problem ?? await upload.AddAsync(photos, tenant, concept)) is { } refusal) return refusal;
        var added = PhotoResponse.Of(concept, photos.Single());
        return TypedResults.Created(added.Url, added);
    }

    private static ProblemHttpResult? ProblemOf(int @object, ConceptView concept) => @object < 1 || @object > concept.InitWords.Count
        ? Problem.Field("object", $"Object {@object} is asked for; concept '{concept.Id}' has {concept.InitWords.Count}, numbered from 1.")
        : null;

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Get(
        string concept, string photo, HttpContext context, CurrentTenant tenant, PictureFiles files, CancellationToken cancellationToken,
        int? w = null)
    {
        if (await tenant.Concept(concept).Get() is not { } view) return Problem.NotFound("concept", concept);
        if (view.Photos.FirstOrDefault(p => p.Id == photo) is not { } found) return Problem.NotFound("photo", photo);
        var (type, extension) = found.Blob.EndsWith(".png", StringComparison.Ordinal) ? ("image/png", "png") : ("image/jpeg", "jpg");
        // The id is the content's hash.
        var stored = new StoredPicture(photo, found.Blob, type, FileAnswers.Named(found.Name, extension), found.Id, found.Digest);
        return await files.AnswerAsync(context, stored, "photo", w, cancellationToken);
    }

    private static async Task<Results<NoContent,
    ProblemHttpResult>> Remove(string concept, string photo, CurrentTenant tenant, Thumbnails thumbnails)
    {
        var found = (await tenant.Concept(concept).Get())?.Photos.FirstOrDefault(p => p.Id == photo);
        switch (await tenant.Concept(concept).RemovePhoto(photo))
        {
            case Outcome.Done:
                if (found is not null) await thumbnails.ForgetAsync(found.Blob);
                return TypedResults.NoContent();
            case Outcome.NotFound:
                return await tenant.Concept(concept).Get() is null ? Problem.NotFound("concept", concept)
                    : Problem.NotFound("photo", photo);
            default:
                return Problem.Conflict("photo_in_use", $"Photo '{photo}' cannot be removed now.");
        }
    }
}

/// <summary>The multipart form of an upload, for the API's document.</summary>
internal sealed record PhotoForm(IFormFileCollection Photos);
