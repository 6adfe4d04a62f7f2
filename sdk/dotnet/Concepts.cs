namespace ViCo.Client;

/// <summary>An object to learn, or up to four together.</summary>
/// <param name="InitWord">Of the first object.</param>
/// <param name="Checkpoints">By step; of several with one step the one that the bare step means.</param>
/// <param name="DefaultStep">The checkpoint that is used when a request names none; null: it is not trained yet.</param>
/// <param name="DefaultRun">Its run.</param>
/// <param name="TrainingJob">The newest training, or null.</param>
/// <param name="Pinned">The default was chosen: trainings do not move it.</param>
/// <param name="User">The front-end's own user it was made for, or null.</param>
/// <param name="Runs">How many there are.</param>
public sealed record Concept(
    string Id, string Name, string InitWord, DateTimeOffset Created, IReadOnlyList<Photo> Photos, IReadOnlyList<Checkpoint> Checkpoints,
    int? DefaultStep, string? DefaultRun, string? TrainingJob, bool Pinned, string? User, IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, string> Metadata, int Runs);

/// <param name="Warnings">What the photo may teach less well by.</param>
/// <param name="Url">Where its bytes are, under the server's address.</param>
/// <param name="Object">Number of the concept's object that it shows.</param>
public sealed record Photo(string Id, string Name, int Width, int Height, long Bytes, IReadOnlyList<string> Warnings, string Url,
    int Object);

/// <param name="Step">Completed training steps.</param>
/// <param name="Digest">SHA-256 (lower-case hex) of the file.</param>
/// <param name="PreviewUrl">What the concept looked like then; null: not told here, or none was drawn.</param>
public sealed record Checkpoint(
    int Step, string Digest, long Bytes, string JobId, DateTimeOffset Created, string Url, string Run, string? Label, string? PreviewUrl);

/// <summary>One training with its extensions.</summary>
/// <param name="Id">Its first job's.</param>
/// <param name="Parent">The checkpoint, <c>{run}:{step}</c>, that it branched off from.</param>
/// <param name="Jobs">The training, then each extension.</param>
/// <param name="State">Of its newest job.</param>
/// <param name="Loss">The last one told.</param>
/// <param name="IsDefault">It has the checkpoint that is used when a request names none.</param>
/// <param name="CanGoOn">More steps can be asked for.</param>
public sealed record Run(
    string Id, DateTimeOffset Created, string? Parent, string? Label, string? User, IReadOnlyList<string> Jobs, IReadOnlyList<Photo> Photos,
    IReadOnlyList<string> InitWords, JobState State, int Step, int? Steps, double? Loss, IReadOnlyList<Checkpoint> Checkpoints,
    bool IsDefault, bool CanGoOn);

/// <summary>What is to be changed of a concept; what is not there stays.</summary>
/// <param name="Default">
/// The checkpoint, <c>{run}:{step}</c> or a step, to use when a request names none, whatever is trained later.
/// </param>
/// <param name="Pinned">False: the default is the last finished training's again. True: it stays as it is now.</param>
public sealed record ConceptChange(
    string? Name = null, string? InitWord = null, IReadOnlyList<string>? Tags = null, IReadOnlyDictionary<string, string>? Metadata = null,
    string? Default = null, bool? Pinned = null);

/// <summary>A concept to make.</summary>
/// <param name="Name">Shown to people.</param>
/// <param name="InitWord">One word that says what kind of thing it is, such as <c>teapot</c>.</param>
/// <param name="User">The front-end's own user it is made for.</param>
public sealed record NewConcept(
    string Name, string InitWord, string? User = null, IReadOnlyList<string>? Tags = null,
    IReadOnlyDictionary<string, string>? Metadata = null);

/// <summary>A photo to upload.</summary>
/// <param name="Name">The file's name; shown to people, and its ending says what it is.</param>
public sealed record PhotoFile(string Name, ReadOnlyMemory<byte> Content)
{
    /// <summary>Reads a file.</summary>
    public static async Task<PhotoFile> ReadAsync(string path, CancellationToken cancellationToken = default) =>
        new(Path.GetFileName(path), await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));

    internal string MediaType => Path.GetExtension(Name).ToUpperInvariant() switch
    {
        ".PNG" => "image/png",
        ".WEBP" => "image/webp",
        _ => "image/jpeg",
    };
}

/// <summary>What a tenant uses.</summary>
public sealed record Usage(int Concepts, long StoredBytes);

/// <summary>A base model of the workers that are there.</summary>
/// <param name="ImageSize">Side in pixels of pictures for which no size is asked.</param>
/// <param name="SizeMultiple">Width and height are multiples of it.</param>
/// <param name="MaxPixels">Largest width × height.</param>
public sealed record Model(string Name, int ImageSize, int SizeMultiple, long MaxPixels);

/// <summary>Who a key belongs to.</summary>
/// <param name="Tenant">Null: an operator's of the whole installation.</param>
/// <param name="Role">What it may do: <c>reader</c>, <c>user</c>, <c>admin</c> or <c>operator</c>.</param>
public sealed record Session(string? Tenant, string Role);
