using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;
using ViCo.Gateway.Studio;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>The TypeScript client: types made from the running server's document, compiled, packed, and used as a package.</summary>
public sealed class TypeScriptSdkTests(GatewayHost host)
{
    private const string Build =
        """
        set -e
        work=$(mktemp -d "$NODE/ts-XXXXXX")
        trap 'rm -rf "$work"' EXIT
        cp -r "$ROOT/sdk/typescript/." "$work"
        cd "$work"
        npm run --silent types >&2
        npm run --silent build >&2
        npm pack --silent >&2
        mkdir -p use/node_modules
        echo '{"type":"module"}' > use/package.json
        tar -xzf vico-client-*.tgz -C use/node_modules
        mv use/node_modules/package use/node_modules/vico-client
        cp "$ROOT/tests/node/vico-client.mjs" "$ROOT/tests/node/vico-client-types.ts" use/
        cd use
        tsc vico-client-types.ts --noEmit --strict --target es2022 --lib es2023,dom --module nodenext --skipLibCheck >&2
        node vico-client.mjs "$ROOT/samples/teapot/photos"
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_packed_client_is_typed_by_the_document_and_follows_a_job_across_broken_connections()
    {
        var root = NodeScript.Root();
        var node = Path.Combine(root, "artifacts", "node");
        if (!File.Exists(Path.Combine(node, "node_modules", ".bin", "openapi-typescript"))) Assert.Skip(
            "npm's packages are not installed: ./vico test installs them.");
        var start = new ProcessStartInfo("bash", ["-c", Build]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NODE"] = node;
        start.Environment["ROOT"] = root;
        start.Environment["VICO"] = host.Address.ToString().TrimEnd('/');
        start.Environment["KEY"] = host.Admin.ApiKey;
        start.Environment["PATH"] =
            $"{Path.Combine(node, "node_modules", ".bin")}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop).WaitAsync(TimeSpan.FromMinutes(2), Stop);
        Assert.True(process.ExitCode == 0, await error);

        var seen = JsonNode.Parse(await output)!;
        var heard = seen["heard"]!.AsArray().Select(n => (long)n!).ToList();
        Assert.Equal(Enumerable.Range(1, heard.Count).Select(n => (long)n), heard);
        Assert.Equal((long)seen["lastSeq"]!, heard[^1]);
        // Five times, then given up; at the second call once more, and then it comes.
        Assert.Equal(["1.png", .. Enumerable.Repeat("2.png", 7)], seen["sent"]!.AsArray().Select(name => (string)name!));
        Assert.Equal("fetch failed", (string?)seen["broke"]);
        Assert.Equal(["1.png", "2.png"], seen["uploaded"]!.AsArray().Select(name => (string)name!));
        Assert.Equal((2, "job_not_found"), ((int)seen["images"]!, (string?)seen["code"]));
        Assert.Equal([0x89, 'P', 'N', 'G'], seen["png"]!.AsArray().Select(b => (int)b!));

        var hub = seen["hub"]!;
        var subscribed = hub["subscribed"]!.AsArray().Select(n => (long)n!).ToList();
        Assert.Equal(Enumerable.Range(1, subscribed.Count).Select(n => (long)n), subscribed);
        Assert.True(subscribed.Count > 800, $"{subscribed.Count} events came over the hub.");
        Assert.All(hub["previews"]!.AsArray(), p => Assert.StartsWith($"/jobs/", (string?)p!["url"], StringComparison.Ordinal));
        Assert.NotEmpty(hub["previews"]!.AsArray());
        Assert.Contains("run created", hub["changes"]!.AsArray().Select(c => (string?)c));
        Assert.Equal(["newestSeq", "time"], hub["beat"]!.AsArray().Select(name => (string)name!));
        Assert.Contains("There is no job 'nope'", (string?)hub["refused"], StringComparison.Ordinal);

        var script = await File.ReadAllTextAsync(Path.Combine(root, "tests", "node", "vico-client.mjs"), Stop);
        var readme = await File.ReadAllTextAsync(Path.Combine(root, "sdk", "typescript", "README.md"), Stop);
        var code = readme.Split("```").Where((_, k) => k % 2 == 1).SelectMany(block => block.Split('\n')[1..]);
        Assert.All(code, line => Assert.Contains(line, script, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_stream_and_message_of_the_hub_is_typed_and_told_in_the_page()
    {
        var names = typeof(StudioHub).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.ReturnType.IsGenericType).Select(method => method.Name).Append(nameof(Heartbeat)).ToList();
        Assert.True(names.Count >= 4);
        var typed = await File.ReadAllTextAsync(Repository.PathOf("sdk", "typescript", "src", "hub.ts"), Stop);
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs", "api.md"), Stop);
        Assert.All(names, name =>
        {
            Assert.Contains($"  {name}: ", typed, StringComparison.Ordinal);
            Assert.Contains($"| `{name}` |", page, StringComparison.Ordinal);
        });
    }
}
