using System.CommandLine;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;
using ViCo.Client;

namespace ViCo.Cli.Remote;

/// <summary><c>vico concepts list|show|create|delete</c> and <c>vico photos</c>: concepts of a server and their photos.</summary>
internal static class ConceptVerbs
{
    public static IEnumerable<Command> OfConcepts()
    {
        var (user, tag, limit) = (ServerVerb.Text("--user", "Only those made for this user.", "USER"),
            ServerVerb.Text("--tag", "Only those with this tag.", "TAG"), ServerVerb.Limit());
        yield return ServerVerb.Of("list", "Concepts on the server, newest first.", ("vico concepts list", "the newest 50"), call =>
            call.ListAsync(
            call.Client.Concepts.ListAsync(call.Get(user), call.Get(tag), cancellationToken: call.Stop), limit,
            ("ID", c => c.Id), ("NAME", c => c.Name), ("WORD", c => c.InitWord), ("PHOTOS", c => c.Photos.Count), ("RUNS", c => c.Runs),
            ("DEFAULT", c => c.DefaultStep is { } step ? $"{c.DefaultRun}:{step}" : "-"), ("CREATED", c => c.Created)), user, tag, limit);

        var concept = ServerVerb.Id("concept", "The concept's id.");
        yield return ServerVerb.Of("show", "A concept on the server.", ("vico concepts show ID", "its photos, runs and default"),
            async call =>
            Show(call, await call.Client.Concepts.GetAsync(call.Get(concept), call.Stop)), concept);

        var name = ServerVerb.Id("name", "Shown to people.");
        var word = new System.CommandLine.Option<string>("--init-word")
        {
            Description = "A word near the object's class, such as teapot.",
            Required = true,
            HelpName = "WORD",
        };
        var photos = ServerVerb.Text("--photos", "Folder with photos of it.", "DIR");
        var forUser = ServerVerb.Text("--user", "The front-end's own user it is for.", "USER");
        yield return ServerVerb.Of(
            "create", "Makes a concept on the server; then: vico runs create.",
            ("vico concepts create \"My mug\" --init-word cup --photos ~/mug", "with its photos"), async call =>
            {
                var files = call.Get(photos) is { } folder ? PhotoFolder.Read(folder, Terminal.Warn) : [];
                var made = await call.Client.Concepts.CreateAsync(new(call.Get(name), call.Get(word)!, call.Get(forUser)),
                    cancellationToken: call.Stop);
                if (files.Count > 0) await UploadAsync(call, made.Id, files.ForServer());
                Show(call, await call.Client.Concepts.GetAsync(made.Id, call.Stop));
            },
            name, word, photos, forUser);

        var concepts = ServerVerb.Ids("concept", "Ids of concepts.");
        yield return ServerVerb.Delete(
            "Deletes concepts on the server with their photos, checkpoints and pictures.",
            ("vico concepts delete ID", "there is no way back"), concepts, (call, id) => call.Client.Concepts.DeleteAsync(id, call.Stop));
    }

    public static Command Photos()
    {
        var concept = ServerVerb.Id("concept", "The concept's id.");
        var photo = ServerVerb.Id("photo", "The photo's id.");
        var photos = ServerVerb.Ids("photo", "Ids of photos.");
        var files = ServerVerb.Ids("file", "Photos: files, or folders of them.");
        var output = ServerVerb.Text("--out", "File to write. Default: PHOTO with the ending it came with.", "FILE");
        return new Verb("photos", "Photos of a concept on a server: list, add, get, delete.",
            ("vico photos add ID ~/mug/*.jpg", "more photos of it"))
        {
            ServerVerb.Of("list", "A concept's photos.", ("vico photos list ID", "with what each may teach less well by"), async call =>
            {
                var shown = (await call.Client.Concepts.GetAsync(call.Get(concept), call.Stop)).Photos;
                await call.ListAsync(shown.ToAsyncEnumerable(), most: null, ("ID", p => p.Id), ("NAME", p => p.Name),
                    ("SIZE", p => $"{p.Width}x{p.Height}"), ("WARNINGS", p => p.Warnings));
            }, concept),
            ServerVerb.Of("add", "Adds photos: all or none.", ("vico photos add ID 1.jpg 2.jpg", "two files"), async call =>
            {
                List<PhotoFile> read = [];
                foreach (var path in call.Get(files))
                {
                    if (Directory.Exists(path)) read.AddRange(PhotoFolder.Read(path, Terminal.Warn).ForServer());
                    else read.Add(File.Exists(path) ? await PhotoFile.ReadAsync(path, call.Stop)
                        : throw new UsageException($"There is no file '{path}'."));
                }
                var added = await UploadAsync(call, call.Get(concept), read);
                if (call.Json) Terminal.Json(added);
                else foreach (var one in added) Console.WriteLine(one.Id);
            }, concept, files),
            ServerVerb.Of("get", "Fetches a photo as it is used.", ("vico photos get ID PHOTO --out mug.png", "into a file"), async call =>
            {
                var content = await call.Client.Concepts.GetPhotoAsync(call.Get(concept), call.Get(photo), call.Stop);
                var file = Path.GetFullPath(call.Get(output) ?? $"{call.Get(photo)}{(content is [0x89, ..] ? ".png" : ".jpg")}");
                await File.WriteAllBytesAsync(file, content, call.Stop);
                call.Show(new { file }, ("", file));
            }, concept, photo, output),
            ServerVerb.Delete("Removes photos.", ("vico photos delete ID PHOTO", "from the concept"), photos,
                (call, id) => call.Client.Concepts.DeletePhotoAsync(call.Get(concept), id, call.Stop), concept),
        };
    }

    private static async Task<IReadOnlyList<Photo>> UploadAsync(ServerCall call, string concept, IReadOnlyList<PhotoFile> photos)
    {
        var added = await call.Client.Concepts.UploadAsync(concept, photos, cancellationToken: call.Stop);
        foreach (var warning in added.SelectMany(p => p.Warnings)) Terminal.Warn(warning);
        return added;
    }

    private static void Show(ServerCall call, Concept concept) => call.Show(
        concept, ("id", concept.Id), ("name", concept.Name), ("init word", concept.InitWord), ("created", concept.Created),
        ("user", concept.User),
        ("tags", concept.Tags.Count > 0 ? concept.Tags : null), ("photos", concept.Photos.Count), ("runs", concept.Runs),
        ("default", concept.DefaultStep is { } step ? $"{concept.DefaultRun}:{step}{(concept.Pinned ? " (pinned)" : "")}"
            : "not trained yet"));
}
