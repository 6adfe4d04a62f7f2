using ViCo.Grains.Tenants;

namespace ViCo.Grains.Storage;

/// <summary>
/// Where things lie. Everything of a concept is under <see cref="Concept"/>, everything an attempt wrote under <see cref="Attempt"/>.
/// </summary>
public static class BlobNames
{
    /// <summary>Prefix of all that belongs to a concept.</summary>
    public static string Concept(TenantId tenant, string conceptId) => $"tenants/{tenant}/concepts/{conceptId}/";

    /// <summary>An uploaded photo: upright, without metadata.</summary>
    /// <param name="extension">Such as <c>png</c>.</param>
    public static string Photo(TenantId tenant, string conceptId, string photoId, string extension) =>
        $"{Concept(tenant, conceptId)}photos/{photoId}.{extension}";

    /// <summary>Prefix of all jobs of a concept; the next segment is the job's id.</summary>
    public static string Jobs(TenantId tenant, string conceptId) => $"{Concept(tenant, conceptId)}jobs/";

    /// <summary>Says that a job was submitted: a concept's deletion finds its jobs by it, so it goes last.</summary>
    public static string Submitted(TenantId tenant, string conceptId, string jobId) => $"{Jobs(tenant, conceptId)}{jobId}/submitted";

    /// <summary>Prefix of what one attempt of a job wrote: an old attempt can overwrite nothing of a newer one.</summary>
    public static string Attempt(TenantId tenant, string conceptId, string jobId, int attempt) =>
        $"{Jobs(tenant, conceptId)}{jobId}/attempt-{attempt:D4}/";

    /// <summary>A checkpoint of an attempt.</summary>
    public static string Checkpoint(string attemptPrefix, int step) => $"{attemptPrefix}checkpoints/step-{step:D6}.safetensors";

    /// <summary>A resume point of an attempt.</summary>
    public static string ResumePoint(string attemptPrefix, int step) => $"{attemptPrefix}resume/step-{step:D6}.bin";

    /// <summary>A preview of an attempt.</summary>
    public static string Preview(string attemptPrefix, int step) => $"{attemptPrefix}previews/step-{step:D6}.png";

    /// <summary>A picture of an attempt.</summary>
    public static string Image(string attemptPrefix, int index) => $"{attemptPrefix}images/{index:D4}.png";

    /// <summary>A small copy of a photo or picture: it lies beside it and goes with it.</summary>
    /// <param name="blob">The photo's or picture's name.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="extension">Such as <c>webp</c>.</param>
    public static string Thumbnail(string blob, int width, string extension) => $"{Thumbnails(blob)}{width}.{extension}";

    /// <summary>Prefix of all small copies of a photo or picture.</summary>
    public static string Thumbnails(string blob) => $"{blob}.w";

    /// <summary>Prefix of the notes of deletions.</summary>
    internal const string Deletions = "deletions/";

    /// <summary>Says that a concept, or something of it, is to be deleted: written before that is told, gone when it is done.</summary>
    internal static string DeletionOfConcept(TenantId tenant, string conceptId) => $"{Deletions}{tenant}/{ConceptNotes}/{conceptId}";

    /// <summary>Says that a job is to be deleted.</summary>
    internal static string DeletionOfJob(TenantId tenant, string jobId) => $"{Deletions}{tenant}/{JobNotes}/{jobId}";

    /// <summary>What a note of a deletion is about; null: the name is none.</summary>
    internal static (TenantId Tenant, bool OfJob, string Id)? TryReadDeletion(string name) =>
        name.Split('/') is [_, var tenant, ConceptNotes or JobNotes, { Length: > 0 } id] && TenantId.TryParse(tenant) is { } owner
            ? (owner, name.Split('/')[2] == JobNotes, id) : null;

    /// <summary>Prefix of damaged blobs that were in the way; the rest is their former name.</summary>
    internal const string SetAside = "damaged/";

    private const string ConceptNotes = "concepts", JobNotes = "jobs";

    /// <summary>Prefix of what a tenant's deleted jobs used.</summary>
    public static string AllUsed(TenantId tenant) => $"tenants/{tenant}/used/";

    /// <summary>What a deleted job used.</summary>
    public static string Used(TenantId tenant, string jobId) => $"{AllUsed(tenant)}{jobId}.json";

    /// <summary>Checks a name by <see cref="IBlobStore"/>'s rules.</summary>
    /// <exception cref="ArgumentException">The name breaks one.</exception>
    internal static void Check(string name)
    {
        if (name.Length is 0 or > 512) throw Bad("it has 1 to 512 characters");
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-' or '/'))
                throw Bad("it consists of a-z, A-Z, 0-9, '.', '_', '-' and '/'");
        }
        foreach (var segment in name.Split('/'))
        {
            if (segment is "" or "." or "..") throw Bad("no segment is empty, '.' or '..'");
        }

        ArgumentException Bad(string rule) => new($"'{name}' is no blob name: {rule}.", nameof(name));
    }
}
