using System.CommandLine;
using System.Globalization;
using ViCo.Cli.Admin;
using ViCo.Cli.CommandLine;
using ViCo.Grains.Upkeep;

namespace ViCo.Cli;

/// <summary><c>vico admin</c>: looks after what the platform stores, from outside.</summary>
internal static class AdminCommand
{
    private const string Whose = " Over a data folder, or with --container over a container.";

    public static Command Create() => new Verb(
        "admin", "Looks after what the platform stores: verify, repair, gc, backup, restore.",
        ("vico admin verify", "is everything there and whole?"),
        ("vico admin gc", "what does nobody need any more?"))
    {
        Verify(), Repair(), Collect(), BackUp(), Restore(),
    };

    private static Verb Verify()
    {
        var quick = new Option<bool>("--quick") { Description = "Compares sizes and no digests: files are not read." };
        return Of(
            new("verify", "Walks records, log parts, pictures, checkpoints, indexes and the queue's markers, and names every blob that "
                + "is damaged, missing, unlisted or left over. Changes nothing; the platform may run. Exit code 1: something is wrong."
                + Whose,
                ("vico admin verify", "the folder of vico up, every digest"),
                ("vico admin verify --data ./mine --quick --json", "another folder, sizes only, for a program")) { quick },
            alone: false, async (parsed, store, json, cancellationToken) =>
            {
                var report = await LookAsync(store, !parsed.GetValue(quick), cancellationToken);
                if (json) Terminal.Json(report);
                else Print(report, store.Name);
                return report.IsSound ? 0 : 1;
            });
    }

    private static Verb Repair()
    {
        var aside = new Option<bool>("--set-aside")
        {
            Description = "Damaged records too: they go to damaged/, so that they stand in nobody's way.",
        };
        return Of(
            new("repair", "Mends what follows from the rest: indexes, the queue's markers, marks of jobs. What a backup has to bring "
                + "back is named. Stop the platform first. Exit code 1: something is still wrong." + Whose,
                ("vico admin repair", "the folder of vico up"),
                ("vico admin repair --set-aside", "and put damaged records aside")) { aside },
            alone: true, async (parsed, store, json, cancellationToken) =>
            {
                var report = await LookAsync(store, withDigests: false, cancellationToken);
                var mended = await StoreUpkeep.RepairAsync(report, parsed.GetValue(aside), json ? _ => { }
                    : finding => Console.WriteLine($"  {finding.Blob}: {finding.What}; {finding.Remedy}"));
                var after = await LookAsync(store, withDigests: false, cancellationToken);
                if (json) Terminal.Json(new { mended, after });
                else Print(after, store.Name);
                return after.IsSound ? 0 : 1;
            });
    }

    private static Verb Collect()
    {
        var delete = new Option<bool>("--delete") { Description = "Removes them; without it they are only named." };
        return Of(
            new("gc", "Names the blobs that nobody owns, such as what a killed worker left, and with --delete removes them. Stop the "
                + "platform first; in a container, what is younger than an hour stays." + Whose,
                ("vico admin gc", "only say what would go"), ("vico admin gc --delete", "let it go")) { delete },
            alone: true, async (parsed, store, json, cancellationToken) =>
            {
                var deletes = parsed.GetValue(delete);
                var upkeep = Upkeep(store);
                var orphans = upkeep.Orphans(await LookAsync(store, withDigests: false, cancellationToken));
                if (!json)
                {
                    foreach (var orphan in orphans) Console.WriteLine($"  {orphan.Blob}  {Size(orphan.Bytes)}");
                }
                if (deletes) await upkeep.CollectAsync(orphans, _ => { }, cancellationToken);
                if (json) Terminal.Json(new { deleted = deletes, bytes = orphans.Sum(o => o.Bytes), orphans });
                else Console.WriteLine($"{orphans.Count} blobs, {Size(orphans.Sum(o => o.Bytes))}: "
                    + (deletes ? "removed." : orphans.Count == 0 ? "nothing to do." : "vico admin gc --delete removes them."));
                return 0;
            });
    }

    private static Verb BackUp()
    {
        var to = new Option<string>("--to") { Description = "New folder for the copy.", HelpName = "DIR", Required = true };
        return Of(
            new("backup", "Copies everything into a new folder, reads each blob back and compares, and writes a list of digests. The "
                + "platform may run. Keys that lie beside the store, such as admin.key, are not copied." + Whose,
                ("vico admin backup --to /backup/monday", "the folder of vico up")) { to },
            alone: false, async (parsed, store, json, cancellationToken) =>
            {
                using var target = StoreArguments.OpenFolder(Path.GetFullPath(parsed.GetValue(to)!), alone: true, isNew: true);
                var report = await PhaseProgress.RunAsync("backup", bar => new StoreBackup(store.Blobs, target.Blobs).BackUpAsync(
                    TimeProvider.System.GetUtcNow(), new StoreProgressBar(bar), cancellationToken));
                if (json) Terminal.Json(report);
                else Console.WriteLine($"{report.Blobs} blobs, {Size(report.Bytes)} in {target.Name}: {report.Concepts} concepts, "
                    + $"{report.Jobs} jobs.");
                return 0;
            });
    }

    private static Verb Restore()
    {
        var from = new Option<string>("--from") { Description = "Folder of a backup.", HelpName = "DIR", Required = true };
        return Of(
            new("restore", "Copies a backup into an empty store. First every digest of the backup is compared: if one is wrong, its blob "
                + "is named and nothing is written (exit code 1)." + Whose,
                ("vico admin restore --from /backup/monday --data ./again", "into a new data folder")) { from },
            alone: true, async (parsed, store, json, cancellationToken) =>
            {
                using var source = StoreArguments.OpenFolder(Path.GetFullPath(parsed.GetValue(from)!), alone: false, isNew: false);
                var report = await PhaseProgress.RunAsync("restore", bar =>
                    new StoreBackup(source.Blobs, store.Blobs).RestoreAsync(new StoreProgressBar(bar), cancellationToken));
                if (json) Terminal.Json(report);
                else if (!report.IsSound) Print(report, source.Name);
                else Console.WriteLine($"{report.Blobs} blobs, {Size(report.Bytes)} in {store.Name}: {report.Concepts} concepts, "
                    + $"{report.Jobs} jobs.");
                return report.IsSound ? 0 : 1;
            }, isNew: true);
    }

    /// <summary>A verb over a store, which is open while it runs.</summary>
    private static Verb Of(
        Verb verb, bool alone, Func<ParseResult, OpenedStore, bool, CancellationToken, Task<int>> run, bool isNew = false)
    {
        var store = new StoreArguments();
        store.AddTo(verb);
        var json = Terminal.JsonOption();
        verb.Add(json);
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            using var opened = await store.OpenAsync(parsed, alone, isNew, cancellationToken);
            return await run(parsed, opened, parsed.GetValue(json), cancellationToken);
        });
        return verb;
    }

    private static StoreUpkeep Upkeep(OpenedStore store) => new(store.Blobs, store.IsAlone, TimeProvider.System);

    private static Task<StoreReport> LookAsync(OpenedStore store, bool withDigests, CancellationToken cancellationToken) =>
        PhaseProgress.RunAsync($"look at {store.Name}", bar =>
            Upkeep(store).VerifyAsync(withDigests, new StoreProgressBar(bar), cancellationToken));

    private static void Print(StoreReport report, string store)
    {
        foreach (var finding in report.Findings)
        {
            Console.WriteLine($"  {finding.Fault.ToString().ToLowerInvariant(),-8}  {finding.Blob}");
            Console.WriteLine($"            {finding.What}.{(finding.Remedy is { } remedy ? $" Repair: {remedy}." : "")}");
        }
        var harm = report.Findings.Count(f => f.DoesHarm);
        Console.WriteLine($"{report.Blobs} blobs, {Size(report.Bytes)} in {store}: {report.Concepts} concepts, {report.Jobs} jobs. "
            + (harm == 0 ? "All of it is there and whole." : $"{harm} {(harm == 1 ? "thing is" : "things are")} wrong."));
        if (report.Findings.Count(f => f.Fault == Fault.Orphan) is > 0 and var orphans)
            Console.WriteLine($"{orphans} blobs are left over; vico admin gc removes them.");
    }

    private static string Size(long bytes) => bytes < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} KB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
