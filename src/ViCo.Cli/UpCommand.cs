using System.CommandLine;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Platform;

namespace ViCo.Cli;

/// <summary><c>vico up</c>: the whole platform in one process.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var urls = new Option<string>("--urls")
        {
            Description = "Address to listen on.",
            DefaultValueFactory = _ => "http://127.0.0.1:5080",
            HelpName = "URL",
        };
        var data = new Option<string?>("--data")
        {
            Description = $"Folder for everything that must last. Default: {Installation.DefaultData}.",
            HelpName = "DIR",
        };
        var engine = new EngineArguments();
        var command = new Verb(
            "up",
            "Starts the platform with its web studio: gateway and silo in one process, everything kept in one folder. Ctrl-C stops "
                + "it; started again, it goes on.",
            ("vico up", "the studio on http://127.0.0.1:5080; a one-time link logs the browser in"),
            ("vico up --urls http://127.0.0.1:8000 --data ./mine", "another port, another folder"),
            ("vico up --engine rehearsal", "without the engine's work: to try clients against the API"))
        {
            urls, data,
        };
        engine.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new(parsed.GetValue(urls)!, Path.GetFullPath(parsed.GetValue(data) ?? Installation.DefaultData), engine.Choice(parsed),
                Quiet: false),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(AllInOneHost.Settings settings, CancellationToken cancellationToken)
    {
        Terminal.Progress.MarkupLineInterpolated($"ViCo is starting; data in [bold]{settings.DataFolder}[/]");
        await using var host = await AllInOneHost.StartAsync(settings, cancellationToken);
        // Plain writes: a link that is wrapped at the terminal's width cannot be clicked.
        Console.WriteLine($"  studio     {host.Address}");
        Console.WriteLine($"  log in     {new Uri(host.Address, host.Admin.LoginPath)}   (works once)");
        Console.WriteLine($"  admin key  {host.Admin.KeyFile}");
        Console.WriteLine($"  API        {new Uri(host.Address, "/docs")}");
        Console.WriteLine("Ctrl-C stops; what is running goes on at the next start.");
        await host.WaitForShutdownAsync(cancellationToken);
        // An engine that does not load ends the host.
        return Environment.ExitCode;
    }
}
