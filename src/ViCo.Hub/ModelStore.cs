using System.Security.Cryptography;
using System.Text;
using ViCo.Engine.Models.Files;

namespace ViCo.Hub;

/// <summary>The folder of installed base models: fetches new ones and checks those that are there.</summary>
/// <param name="folder">Each model is a folder below it.</param>
/// <param name="http">Its own time-out should be infinite; stalled connections are noticed here.</param>
public sealed class ModelStore(string folder, HttpClient? http, ModelHubOptions options, TimeProvider time)
{
    private const string PartialFolder = ".partial";

    /// <summary>To look at what is there; such a store cannot pull.</summary>
    public ModelStore(string folder)
        : this(folder, null, new(), TimeProvider.System)
    {
    }

    private HttpClient Client =>
        http ?? throw new InvalidOperationException("This store was made to look only; give it an HttpClient to pull.");

    /// <summary>
    /// Fetches a model and installs it as a folder in diffusers' layout, whole or not at all. Interrupted, it goes on where it was.
    /// </summary>
    /// <returns>The installed folder.</returns>
    /// <exception cref="InvalidDataException">The content is not what was announced, or no model this engine can run.</exception>
    /// <exception cref="HttpRequestException">The server refuses or cannot be reached.</exception>
    /// <exception cref="ArgumentException">The source is neither, or the name is taken by another model.</exception>
    public async Task<string> PullAsync(ModelRequest request, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var (source, revision, sha256, name) = (request.Source, request.Revision, request.Sha256, request.Name);
        var isAddress = Uri.TryCreate(source, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";
        if (isAddress && revision is not null)
            throw new ArgumentException("A revision is for a hub's model; an address names its own.");
        if (!isAddress && sha256 is not null)
            throw new ArgumentException("The hub tells its files' hashes; --sha256 is for an address.");
        name ??= isAddress ? Path.GetFileNameWithoutExtension(address!.AbsolutePath)
            : source[(source.IndexOf('/', StringComparison.Ordinal) + 1)..];
        if (name.Length is 0 or > 96 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') || name[0] == '.')
            throw new ArgumentException($"'{name}' cannot name a model's folder; wanted letters, digits, '.', '-' and '_'.");

        var target = Path.Combine(folder, name);
        return isAddress
            ? await PullFile(address!, request with { Sha256 = sha256?.ToLowerInvariant() }, target, progress, cancellationToken)
            : await PullFromHub(source, revision ?? "main", target, progress, cancellationToken);
    }

    /// <summary>The models that are there, by name.</summary>
    public IReadOnlyList<InstalledModel> List() => !Directory.Exists(folder) ? [] :
    [
        .. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)
            .Where(model => !Path.GetFileName(model).StartsWith('.') && Directory.Exists(Path.Combine(model, "unet")))
            .Select(model => new InstalledModel(Path.GetFileName(model), model, ModelManifest.Read(model),
                Directory.EnumerateFiles(model, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length))),
    ];

    /// <summary>
    /// Hashes a model's files against its manifest, and compares every weight's key and shape with
    /// its configurations. Empty when all is well.
    /// </summary>
    public static async Task<IReadOnlyList<string>> VerifyAsync(InstalledModel model, IProgress<DownloadProgress>? progress,
        CancellationToken cancellationToken)
    {
        var defects = new List<string>();
        var files = model.Manifest?.Files ?? [];
        var (done, total) = (0L, files.Sum(f => f.Size));
        foreach (var file in files)
        {
            var path = Path.Combine(model.Folder, file.Path);
            if (!File.Exists(path))
                defects.Add($"{file.Path} is missing");
            else if (new FileInfo(path).Length is var length && length != file.Size)
                defects.Add($"{file.Path} has {length} bytes; {file.Size} were installed");
            else if (await FileDownload.Sha256(path, cancellationToken) is var found && found != file.Sha256)
                defects.Add($"{file.Path} has SHA-256 {found}; {file.Sha256} was installed");
            progress?.Report(new(file.Path, done += file.Size, total));
        }

        try
        {
            Check(model.Folder);
        }
        catch (InvalidDataException e)
        {
            defects.Add(e.Message);
        }

        return defects;
    }

    private async Task<string> PullFromHub(string id, string revision, string target, IProgress<DownloadProgress>? progress,
        CancellationToken cancellationToken)
    {
        var (commit, files) = await new ModelHub(Client, options).FindAsync(id, revision, cancellationToken);
        if (IsInstalled(target, id, commit))
            return target;
        // By commit: a branch that moves between two attempts must not mix two versions.
        var staged = Stage($"{Path.GetFileName(target)}@{commit}");
        await Fetch(files, staged, progress, cancellationToken);
        Check(staged);
        var known = files.Where(f => f.Sha256 is not null).ToDictionary(f => f.Path, f => f.Sha256!, StringComparer.Ordinal);
        await Install(staged, target, new(id, commit, "", []), known, cancellationToken);
        return target;
    }

    /// <param name="request">Whose source <paramref name="address"/> is.</param>
    private async Task<string> PullFile(
        Uri address, ModelRequest request, string target, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var (sha256, configFolder) = (request.Sha256, request.ConfigFolder);
        if (Path.Exists(target) && IsInstalled(target, address.ToString(), "", sha256 ?? ModelManifest.Read(target)?.SourceSha256 ?? ""))
            return target;
        // By address: what is left of another file of the same name must not be joined to this one.
        var ofAddress = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.ToString())))[..16];
        var staged = Stage($"{Path.GetFileName(target)}@{ofAddress}");
        var file = new RemoteFile("checkpoint", address, null, sha256, null);
        await Fetch([file], staged, progress, cancellationToken);

        var (single, converted) = (Path.Combine(staged, file.Path), Path.Combine(staged, "model"));
        if (Directory.Exists(converted))
            Directory.Delete(converted, recursive: true);
        Directory.CreateDirectory(converted);
        ModelConversion.WriteFolder(single, converted, WeightPrecision.Same, configFolder);
        Check(converted);
        var manifest = new ModelManifest(address.ToString(), "", await FileDownload.Sha256(single, cancellationToken), []);
        await Install(converted, target, manifest, new Dictionary<string, string>(), cancellationToken);
        Directory.Delete(staged, recursive: true);
        Tidy();
        return target;
    }

    private async Task Fetch(IReadOnlyList<RemoteFile> files, string staged, IProgress<DownloadProgress>? progress,
        CancellationToken cancellationToken)
    {
        var total = files.Sum(f => f.Size ?? 0);
        CheckSpace(staged, total);
        var download = new FileDownload(Client, options, time);
        var before = 0L;
        foreach (var file in files)
        {
            var path = Path.Combine(staged, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await download.FetchAsync(file, path, (done, size) =>
                progress?.Report(new(file.Path, before + done, Math.Max(total, size ?? 0))), cancellationToken);
            before += new FileInfo(path).Length;
        }
    }

    /// <param name="known">SHA-256 of files that were compared with it on their way here.</param>
    private async Task Install(
        string staged, string target, ModelManifest manifest, IReadOnlyDictionary<string, string> known,
        CancellationToken cancellationToken)
    {
        var files = new List<ModelManifestFile>();
        foreach (var path in Directory.EnumerateFiles(staged, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var relative = Path.GetRelativePath(staged, path).Replace(Path.DirectorySeparatorChar, '/');
            if (relative != ModelManifest.FileName && !relative.EndsWith(".part", StringComparison.Ordinal)
                && !relative.EndsWith(".etag", StringComparison.Ordinal))
                files.Add(new(relative, new FileInfo(path).Length,
                    known.GetValueOrDefault(relative) ?? await FileDownload.Sha256(path, cancellationToken)));
        }

        (manifest with { Files = files }).Write(staged);
        Directory.Move(staged, target);
        Tidy();
    }

    /// <summary>Everything that loading would refuse, without the weights' memory.</summary>
    private static void Check(string model)
    {
        using var opened = BaseModelFiles.Open(model);
        opened.CheckKeys();
        opened.LoadTokenizer();
    }

    private static bool IsInstalled(string target, string source, string revision, string sha256 = "")
    {
        if (!Path.Exists(target))
            return false;
        if (ModelManifest.Read(target) is { } manifest && manifest.Source == source && manifest.Revision == revision
            && manifest.SourceSha256 == sha256)
            return true;
        throw new ArgumentException(
            $"'{Path.GetFullPath(target)}' exists and is another model or revision; wanted a new name (--name), or remove it first.");
    }

    private string Stage(string name)
    {
        var staged = Path.Combine(folder, PartialFolder, name);
        Directory.CreateDirectory(staged);
        return staged;
    }

    /// <summary>Of interrupted pulls something stays, for the next attempt; otherwise nothing.</summary>
    private void Tidy()
    {
        var partial = Path.Combine(folder, PartialFolder);
        if (Directory.Exists(partial) && !Directory.EnumerateFileSystemEntries(partial).Any())
            Directory.Delete(partial);
    }

    private static void CheckSpace(string path, long needed)
    {
        var free = new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace;
        if (needed > free)
            throw new IOException($"'{path}' has {free >> 20} MiB free; the model needs {needed >> 20}.");
    }
}
