using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ViCo.Cli.CommandLine;
using ViCo.Engine;

namespace ViCo.Cli.Concepts;

/// <summary>
/// A trained concept on disk: <c>checkpoints/step-000400.safetensors</c>, <c>references/</c> (the photos as trained on; of several
/// objects <c>references/1</c> and so on), <c>concept.json</c>, <c>resume/</c> (newest two) and
/// <c>losses.csv</c>. Every file appears whole or not at all.
/// </summary>
internal sealed class ConceptFolder : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Name of the folder beside photos that holds their masks.</summary>
    private const string Masks = "masks";

    private FileStream? _lock;

    private ConceptFolder(string path) => FullPath = path;

    public string FullPath { get; }

    private string Checkpoints => Path.Combine(FullPath, "checkpoints");
    private string References => Path.Combine(FullPath, "references");
    private string Resumes => Path.Combine(FullPath, "resume");
    private string Losses => Path.Combine(FullPath, "losses.csv");
    private string Card => Path.Combine(FullPath, "concept.json");
    private string LockFile => Path.Combine(FullPath, ".lock");

    /// <summary>Whether a training has done anything here that is worth going on from.</summary>
    private bool HasTrained => File.Exists(Card) && (CheckpointSteps().Count > 0 || ResumePoints().Count > 0);

    /// <summary>
    /// The folder to train into: new, or one whose training is the same and goes on. Nobody else trains into it until it is disposed.
    /// Nothing of the training is in it before <see cref="Begin"/>.
    /// </summary>
    /// <exception cref="UsageException">It holds another training or other files, or somebody trains into it now.</exception>
    public static ConceptFolder ForTraining(string path, ConceptCard card)
    {
        var folder = new ConceptFolder(Path.GetFullPath(path));
        folder.Lock(path);
        try
        {
            folder.SweepParts();
            if (!folder.HasTrained)
            {
                if (!File.Exists(folder.Card)) folder.MustBeEmpty(path);
            }
            else if (folder.ReadCard().DifferenceTo(card) is { } difference)
            {
                throw new UsageException(
                    $"'{path}' holds another training: {difference}. Choose another --out, or delete the folder; vico train --from "
                    + $"{path} branches from it.");
            }
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes photos and card, once the engine has accepted them: a start that fails leaves nothing that a corrected one would trip over.
    /// </summary>
    public void Begin(ConceptCard card, IReadOnlyList<TrainingObject> objects)
    {
        if (!HasTrained) WriteReferences(objects);
        foreach (var made in new[] { Checkpoints, Resumes }) Directory.CreateDirectory(made);
        Write(Card, JsonSerializer.SerializeToUtf8Bytes(card, Json));
    }

    /// <summary>A new folder, for a concept that has no checkpoint yet.</summary>
    /// <exception cref="UsageException">The folder is there and not empty.</exception>
    public static ConceptFolder Create(string path, ConceptCard card, IReadOnlyList<TrainingObject> objects)
    {
        var folder = new ConceptFolder(Path.GetFullPath(path));
        folder.MustBeEmpty(path);
        folder.Begin(card, objects);
        return folder;
    }

    /// <summary>A folder that <c>vico train</c> made.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static ConceptFolder Open(string path)
    {
        var folder = new ConceptFolder(Path.GetFullPath(path));
        return File.Exists(folder.Card)
            ? folder
            : throw new UsageException(
                $"'{path}' is no trained concept: it has no concept.json. Make one with: vico train --photos DIR --init-word WORD "
                + $"--out {path}");
    }

    public ConceptCard ReadCard() =>
        JsonSerializer.Deserialize<ConceptCard>(File.ReadAllText(Card), Json) ?? throw new InvalidDataException($"{Card} is empty.");

    /// <summary>Steps that have a checkpoint, ascending.</summary>
    public IReadOnlyList<int> CheckpointSteps() => StepsOf(Checkpoints, ".safetensors");

    /// <summary>The checkpoint of a step; null: the newest.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public (int Step, StoredFile File) FindCheckpoint(int? step)
    {
        var there = CheckpointSteps();
        if (there.Count == 0) throw new UsageException($"{Checkpoints} holds no checkpoint yet; the training has not come to its first.");
        var wanted = step ?? there[^1];
        return there.Contains(wanted)
            ? (wanted, StoredFile.At(FileOf(Checkpoints, wanted, ".safetensors")))
            : throw new UsageException($"Checkpoint {wanted} is not in {Checkpoints}; there are: {string.Join(", ", there)}.");
    }

    public string WriteCheckpoint(int step, Action<Stream> write)
    {
        var file = FileOf(Checkpoints, step, ".safetensors");
        Write(file, write);
        return file;
    }

    /// <summary>The resume points, newest first.</summary>
    public IReadOnlyList<(int Step, StoredFile File)> ResumePoints() =>
        [.. StepsOf(Resumes, ".resume").Select(step => (step, StoredFile.At(FileOf(Resumes, step, ".resume")))).Reverse()];

    /// <summary>Keeps this one and the one before.</summary>
    public void WriteResumePoint(int step, Action<Stream> write)
    {
        Write(FileOf(Resumes, step, ".resume"), write);
        foreach (var old in StepsOf(Resumes, ".resume").SkipLast(2)) File.Delete(FileOf(Resumes, old, ".resume"));
    }

    public string WritePreview(int step, ReadOnlyMemory<byte> png)
    {
        var folder = Path.Combine(FullPath, "previews");
        Directory.CreateDirectory(folder);
        var file = FileOf(folder, step, ".png");
        Write(file, png);
        return file;
    }

    /// <summary>The losses up to <paramref name="upToStep"/>, one a step; what an interrupted attempt wrote beyond it is dropped.</summary>
    /// <remarks>
    /// A line is <c>step,loss,noise=…,end-of-text=…</c>: the loss, then what it is made of, each before
    /// its weight. Older lines end with the loss.
    /// </remarks>
    public List<(int Step, double Loss)> ReadLosses(int upToStep)
    {
        if (!File.Exists(Losses)) return [];
        var kept = File.ReadLines(Losses)
            .Select(line => (Line: line, Fields: line.Split(',')))
            .Where(l => l.Fields.Length >= 2 && int.TryParse(l.Fields[0], out _)
                && double.TryParse(l.Fields[1], CultureInfo.InvariantCulture, out _))
            .Select(l => (l.Line, Step: int.Parse(l.Fields[0], CultureInfo.InvariantCulture),
                Loss: double.Parse(l.Fields[1], CultureInfo.InvariantCulture)))
            .Where(l => l.Step >= 1 && l.Step <= upToStep)
            .GroupBy(l => l.Step).Select(same => same.Last()).OrderBy(l => l.Step)
            .ToList();
        Write(Losses, Encoding.UTF8.GetBytes(string.Concat(kept.Select(l => l.Line + "\n"))));
        return [.. kept.Select(l => (l.Step, l.Loss))];
    }

    public void AppendLoss(TrainingStep step) => File.AppendAllText(Losses, string.Create(
        CultureInfo.InvariantCulture,
        $"{step.Step},{step.Loss:R}{string.Concat(step.Terms.Select(t => FormattableString.Invariant($",{t.Name}={t.Value:R}")))}\n"));

    /// <summary>The photos of each object as trained on, in reference order.</summary>
    public IReadOnlyList<IReadOnlyList<PhotoFile>> ReadReferences()
    {
        var objects = ReadCard().Objects.Count;
        return [.. Enumerable.Range(1, objects).Select(number => Photos(ReferencesOf(number, objects)))];

        static IReadOnlyList<PhotoFile> Photos(string folder)
        {
            var (photos, masks) = (PhotoFolder.Read(folder), Path.Combine(folder, Masks));
            return Directory.Exists(masks) ? PhotoFolder.WithMasks(photos, masks) : photos;
        }
    }

    /// <summary>
    /// The photos of each object that a user chose, each by its path or by the name of one of the
    /// object's own; empty where none was chosen.
    /// </summary>
    /// <param name="chosen">Of several objects written as <c>2:PHOTO</c>, 2 being the object's number.</param>
    /// <exception cref="UsageException">A photo is not there, or does not say whose it is.</exception>
    public IReadOnlyList<IReadOnlyList<PhotoFile>> ReadReferences(IReadOnlyList<string> chosen) => Choose(ReadReferences(), chosen);

    /// <summary>
    /// The same, and the first photo of each object that the prompt names and nothing was chosen for; of all objects where it names none.
    /// </summary>
    /// <inheritdoc cref="ReadReferences(IReadOnlyList{string})"/>
    public IReadOnlyList<IReadOnlyList<PhotoFile>> ReadReferences(IReadOnlyList<string> chosen, string prompt)
    {
        var (own, card) = (ReadReferences(), ReadCard());
        var named = Enumerable.Range(0, own.Count).Where(k => card.Names(prompt, k + 1)).ToHashSet();
        return [.. Choose(own, chosen)
            .Select((photos, k) => photos.Count > 0 ? photos : named.Count == 0 || named.Contains(k) ? [own[k][0]] : photos)];
    }

    private static List<List<PhotoFile>> Choose(IReadOnlyList<IReadOnlyList<PhotoFile>> own, IReadOnlyList<string> chosen)
    {
        var found = own.Select(_ => new List<PhotoFile>()).ToList();
        foreach (var photo in chosen)
        {
            var (number, nameOrPath) = own.Count == 1 ? (1, photo) : Numbered(photo, own.Count);
            found[number - 1].Add(
                own[number - 1].FirstOrDefault(p => p.Name == nameOrPath)
                ?? (File.Exists(nameOrPath) ? new PhotoFile(Path.GetFileName(nameOrPath), File.ReadAllBytes(nameOrPath)) : null)
                ?? throw new UsageException(
                    $"Reference '{photo}' is neither a file nor one of the concept's photos: "
                    + $"{string.Join(", ", own[number - 1].Select(p => p.Name))}."));
        }
        return found;
    }

    /// <summary>Writes a file so that it appears whole or not at all.</summary>
    public static void Write(string file, ReadOnlyMemory<byte> content) => Write(file, stream => stream.Write(content.Span));

    /// <summary>The same, piece by piece.</summary>
    public static void Write(string file, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var beside = $"{file}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}.part";
        try
        {
            using (var stream = new FileStream(beside, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(beside, file, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    public void Dispose()
    {
        _lock?.Dispose();
        if (_lock is not null && Directory.Exists(FullPath) && !Directory.EnumerateFileSystemEntries(FullPath).Any()) Directory.Delete(
            FullPath);
    }

    private void Lock(string path)
    {
        Directory.CreateDirectory(FullPath);
        try
        {
            _lock = new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0,
                FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new UsageException($"Another vico train is at work in '{path}' ({e.Message}). Wait for it, or choose another --out.");
        }
    }

    private void WriteReferences(IReadOnlyList<TrainingObject> objects)
    {
        if (Directory.Exists(References)) Directory.Delete(References, recursive: true);
        for (var k = 0; k < objects.Count; k++)
        {
            var references = ReferencesOf(k + 1, objects.Count);
            foreach (var photo in objects[k].Photos)
            {
                Write(Path.Combine(references, photo.Name), photo.Content);
                if (photo.Caption is { } caption)
                    Write(Path.Combine(references, Path.ChangeExtension(photo.Name, ".txt")), Encoding.UTF8.GetBytes(caption));
                if (photo.Mask is { } mask) Write(Path.Combine(references, Masks, Path.ChangeExtension(photo.Name, ".png")), mask);
            }
        }
    }

    private void MustBeEmpty(string path)
    {
        if (Directory.Exists(FullPath) && Directory.EnumerateFileSystemEntries(FullPath).Any(f => f != LockFile))
            throw new UsageException($"'{path}' is not empty. Choose another --out.");
    }

    /// <summary>What a writer that was killed, or that found the disk full, left of a file.</summary>
    private void SweepParts()
    {
        foreach (var folder in new[] { FullPath, Checkpoints, Resumes, Path.Combine(FullPath, "previews") }.Where(Directory.Exists))
        {
            foreach (var part in Directory.EnumerateFiles(folder, "*.part")) File.Delete(part);
        }
    }

    private static (int Number, string NameOrPath) Numbered(string photo, int objects) =>
        photo.Split(':', 2) is [var digits, var rest]
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= objects
            ? (number, rest)
            : throw new UsageException(
                $"Photo '{photo}' does not say which of the {objects} objects it shows; wanted 1:{photo} for the first, and so on to "
                + $"{objects}:{photo}.");

    private string ReferencesOf(int number, int objects) =>
        objects == 1 ? References : Path.Combine(References, number.ToString(CultureInfo.InvariantCulture));

    private static string FileOf(string folder, int step, string extension) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"step-{step:D6}{extension}"));

    private static List<int> StepsOf(string folder, string extension) =>
        !Directory.Exists(folder)
            ? []
            : [.. Directory.EnumerateFiles(folder, $"step-*{extension}")
                .Select(f => Path.GetFileNameWithoutExtension(f)["step-".Length..])
                .Where(s => int.TryParse(s, out _))
                .Select(s => int.Parse(s, CultureInfo.InvariantCulture))
                .Order()];
}
