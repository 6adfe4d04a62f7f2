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
        Assert.Equal([concept], (await JsonAsync("concepts", "delete", concept, "--json"))["deleted"]!.AsArray().Select(id => (string)id!));
        Assert.Empty((await JsonAsync("concepts", "list", "--json")).AsArray());

        var said = host.Process.Output;
        Assert.DoesNotContain("deadlock", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("did you mean 'sample'", "sampel")]
    [InlineData("did you mean 'list'", "models", "lst")]
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
