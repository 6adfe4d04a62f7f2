using System.CommandLine;
using Spectre.Console;
using ViCo.Cli.CommandLine;
using ViCo.Client;

namespace ViCo.Cli.Remote;

/// <summary><c>vico login</c> and <c>vico logout</c>: which server the other verbs talk to.</summary>
internal static class LoginCommand
{
    public static Command Create()
    {
        var server = new Argument<string>("url") { Description = "The server's address.", HelpName = "URL" };
        var keyFile = new System.CommandLine.Option<string?>("--key-file")
        {
            Description =
                "File with the API key, such as admin.key in the data folder of vico up; -: stdin. Default: VICO_KEY, else you are asked.",
                HelpName = "FILE",
        };
        var command = new Verb(
            "login", "Signs in at a server: concepts, photos, runs, jobs, images, keys, tenants, silos and usage then talk to it.",
            ("vico login http://127.0.0.1:5080 --key-file ~/.local/share/vico/admin.key", "the server that vico up started here"),
            ("echo $KEY | vico login https://vico.example.org --key-file -", "a key out of a script"))
        {
            server, keyFile,
        };
        command.SetAction((parsed, cancellationToken) => LoginAsync(parsed.GetValue(server)!, parsed.GetValue(keyFile), cancellationToken));
        return command;
    }

    public static Command CreateLogout()
    {
        var command = new Verb("logout", "Forgets the server and its key on this machine.", ("vico logout", "the key itself stays valid"));
        command.SetAction(_ =>
        {
            Terminal.Say(SignedIn.Forget() ? "signed out" : "was not signed in");
            return 0;
        });
        return command;
    }

    private static async Task<int> LoginAsync(string server, string? keyFile, CancellationToken cancellationToken)
    {
        var address = SignedIn.Address(server);
        var key = keyFile is not null ? SignedIn.KeyIn(keyFile)
            : Environment.GetEnvironmentVariable("VICO_KEY") is { Length: > 0 } set ? set
            : !Console.IsInputRedirected
                ? await Terminal.Progress.PromptAsync(new TextPrompt<string>("API key:").Secret(), cancellationToken)
            : throw new UsageException("No key: give --key-file (- for stdin), or set VICO_KEY.");
        using var client = new ViCoClient(address, key.Trim());
        var session = await client.GetSessionAsync(cancellationToken);
        new SignedIn(server.TrimEnd('/'), key.Trim()).Write();
        var of = session.Tenant is { } tenant ? $" of tenant {tenant}" : "";
        Terminal.Say($"signed in at {address} as {session.Role.ToLowerInvariant()}{of}; kept in {SignedIn.File}");
        return 0;
    }
}
