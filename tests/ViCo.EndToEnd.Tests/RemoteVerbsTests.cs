using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>The command line against a server of its own: results on stdout, all else on stderr, one line for what goes wrong.</summary>
public sealed class RemoteVerbsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-remote-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_concept_is_made_trained_drawn_and_deleted_on_a_server()
    {
        await using var host = await UpHost.StartAsync(Path.Combine(_folder, "data"), "--engine", "rehearsal");
        var server = host.Address.ToString().TrimEnd('/');
        Assert.Contains("is no address", (await RunAsync("login", "nowhere")).Error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("login", server, "--key-file", Path.Combine(_folder, "data", "admin.key"))).Code);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(Path.Combine(_folder, "config", "vico", "login.json")));

        var concept = (string)(
            await JsonAsync("concepts", "create", "My pot", "--init-word", "teapot", "--photos", Programs.TeapotPhotos, "--json"))["id"]!;
        var learned = await RunAsync("runs", "create", concept, "--steps", "20", "--watch");
        Assert.Equal(0, learned.Code);
        var run = learned.Output.Trim();                    // the id and nothing else
        Assert.Matches("^[0-9a-f]+$", run);
        Assert.Contains("step 20/20", learned.Error, StringComparison.Ordinal);

        var events = (await RunAsync("jobs", "watch", run, "--json")).Output.Trim().Split('\n')
            .Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => (int)e["seq"]!));
        Assert.Equal(20, events.Count(e => (string?)e["data"]!["type"] == "step"));
        Assert.Equal("succeeded", (string?)events[^1]["data"]!["state"]);

        Assert.Contains("succeeded", (await RunAsync("runs", "watch", concept, run)).Output, StringComparison.Ordinal);

        string[] draw = ["images", "create", concept, "a * on the beach", "--count", "2", "--seed", "7", "--repeat-key", "beach", "--out",
            Path.Combine(_folder, "beach")];
        var drawn = await RunAsync(draw);
        var files = drawn.Output.Trim().Split('\n');
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.True(File.Exists(file), file));
        Assert.Equal(drawn.Output, (await RunAsync(draw)).Output);         // the same key draws once
        Assert.Equal(2, (await JsonAsync("images", "list", "--concept", concept, "--json")).AsArray().Count);

        var missing = await RunAsync("jobs", "show", "nope");
        Assert.Equal((2, "vico: There is no job 'nope'.\n", ""), (missing.Code, missing.Error, missing.Output));
        Assert.Equal("succeeded", (string?)(await JsonAsync("jobs", "cancel", run, "--json"))[0]!["state"]);       // it was over before
        Assert.Contains("wanted: one that failed", (await RunAsync("jobs", "retry", run)).Error, StringComparison.Ordinal);
        Assert.Equal([concept], (await JsonAsync("concepts", "delete", concept, "--json"))["deleted"]!.AsArray().Select(id => (string)id!));
        Assert.Empty((await JsonAsync("concepts", "list", "--json")).AsArray());

        var said = host.Process.Output;
        Assert.DoesNotContain("deadlock", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_tenants_and_silos_are_an_operators_from_the_command_line()
    {
        await using var host = await UpHost.StartAsync(Path.Combine(_folder, "keys"), "--engine", "rehearsal");
        var server = host.Address.ToString().TrimEnd('/');
        Assert.Equal(0, (await RunAsync("login", server, "--key-file", Path.Combine(_folder, "keys", "admin.key"))).Code);

        var made = await RunAsync("keys", "create", "--role", "reader", "--name", "dashboard");
        var key = made.Output.Trim();                       // the key and nothing else
        Assert.StartsWith("vico_", key, StringComparison.Ordinal);
        Assert.DoesNotContain(key, made.Error, StringComparison.Ordinal);
        var listed = (await JsonAsync("keys", "list", "--json")).AsArray().Single(k => (string?)k!["name"] == "dashboard")!;
        Assert.Equal("reader", (string?)listed["role"], ignoreCase: true);
        var file = Path.Combine(_folder, "reader.key");
        await File.WriteAllTextAsync(file, key, Stop);
        string[] asReader = ["--server", server, "--key-file", file];
        await ListsAsync(0);
        Assert.Equal(2, (await RunAsync(["concepts", "create", "Pot", "--init-word", "pot", .. asReader])).Code);

        var next = await JsonAsync("keys", "rotate", (string)listed["id"]!, "--overlap", "0", "--json");
        await File.WriteAllTextAsync(file, (string)next["key"]!, Stop);
        await ListsAsync(0);
        Assert.Equal(0, (await RunAsync("keys", "revoke", (string)next["id"]!)).Code);
        await ListsAsync(2);

        await File.WriteAllTextAsync(file, (await RunAsync("tenants", "create", "acme", "--name", "Acme Ltd")).Output, Stop);
        await ListsAsync(0);
        Assert.Equal(0, (await RunAsync("tenants", "suspend", "acme")).Code);
        await ListsAsync(2);
        Assert.True((bool)(await JsonAsync("tenants", "list", "--json")).AsArray().Single(t => (string?)t!["id"] == "acme")!["suspended"]!);
        Assert.False((bool)(await JsonAsync("tenants", "resume", "acme", "--json"))[0]!["suspended"]!);
        await ListsAsync(0);

        var silo = (string)(await JsonAsync("silos", "list", "--json"))[0]!["name"]!;
        Assert.True((bool)(await JsonAsync("silos", "cordon", silo, "--json"))[0]!["removable"]!);
        Assert.Contains("cordoned", (await RunAsync("silos", "show", silo)).Output, StringComparison.Ordinal);
        Assert.Contains("within the last minute", (await RunAsync("silos", "remove", silo)).Error, StringComparison.Ordinal);
        Assert.Equal("active", (string?)(await JsonAsync("silos", "uncordon", silo, "--json"))[0]!["state"]);

        // A gateway may take seconds to hear of what became of a key.
        async Task ListsAsync(int code)
        {
            for (var tries = 0; tries < 20; tries++)
            {
                if ((await RunAsync(["concepts", "list", .. asReader])).Code == code) return;
                await Task.Delay(500, Stop);
            }
            Assert.Fail($"vico concepts list does not end with {code}.");
        }
    }

    [Theory]
    [InlineData("did you mean 'sample'", "sampel")]
    [InlineData("did you mean 'list'", "models", "lst")]
    [InlineData("did you mean 'keys'", "kyes")]
    [InlineData("vico tenants wants a verb: list, create, suspend, resume.", "tenants")]
    [InlineData("vico login wants URL as well.", "login")]
    [InlineData("vico images create wants PROMPT as well.", "images", "create", "x")]
    [InlineData("'bassh' is none of: bash, zsh, fish.", "completion", "bassh")]
    [InlineData("'ftp://x' is no address", "keys", "list", "--server", "ftp://x")]
    [InlineData("an address such as http://127.0.0.1:5080 is wanted", "up", "--urls", "foo")]
    [InlineData("No server", "jobs", "list")]
    [InlineData("a whole number is wanted", "inspect", "--concept", "x", "--checkpoint", "abc")]
    public async Task What_was_mistyped_is_said_in_one_line(string expected, params string[] arguments)
    {
        var (code, output, error) = await RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.Contains(expected, Assert.Single(error.Split('\n'), line => line.StartsWith("vico: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Empty(output);
    }

    [Fact]
    public async Task A_taken_port_is_one_line()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var (code, output, error) = await RunAsync("up", "--urls", $"http://{taken.LocalEndpoint}", "--data",
            Path.Combine(_folder, "taken"), "--engine", "rehearsal");
        Assert.Equal(2, code);
        Assert.Contains("is taken", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_shell_is_told_what_may_follow_and_the_help_tells_exit_codes()
    {
        Assert.Equal("concepts\n", (await RunAsync("[suggest:9]", "vico conc")).Output);
        Assert.Contains("[suggest:", (await RunAsync("completion", "bash")).Output, StringComparison.Ordinal);
        Assert.Contains("130 stopped", (await RunAsync("--help")).Output, StringComparison.Ordinal);
        Assert.NotEmpty((await JsonAsync("models", "list", "--json")).AsArray());
        Assert.True((bool)(await JsonAsync("models", "verify", "toybox", "--json"))[0]!["isSound"]!);
    }

    private async Task<JsonNode> JsonAsync(params string[] arguments)
    {
        var (code, output, error) = await RunAsync(arguments);
        Assert.True(code == 0, error);
        return JsonNode.Parse(output)!;
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Programs.Vico, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["VICO_ROOT"] = Programs.Repository;
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(_folder, "config");
        start.Environment.Remove("VICO_KEY");
        start.Environment.Remove("VICO_SERVER");
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop).WaitAsync(TimeSpan.FromMinutes(2), Stop);
        return (process.ExitCode, await output, await error);
    }
}
