using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>
/// Every line of <c>docs/api.md</c> is run: curl as it stands, OpenAI's JavaScript by node; TypeScript's and C# stand in tests that run.
/// </summary>
public sealed partial class DocumentedLinesTests(GatewayHost host)
{
    /// <summary>Lines that show a refusal, or that need a state which the page has left behind.</summary>
    private static readonly (string Part, int Status)[] _refused =
        [("{\"name\":7,", 400), ("{\"initWord\":\"kettle\"}", 409), ("$JOB/retry", 409)];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_line_of_curl_is_answered_as_the_page_says()
    {
        var folder = Directory.CreateTempSubdirectory("vico-docs-").FullName;
        try
        {
            var known = await WorldAsync();
            await File.WriteAllBytesAsync(Path.Combine(folder, "front.png"), Sample(3), Stop);
            await File.WriteAllBytesAsync(Path.Combine(folder, "side.png"), Sample(4), Stop);
            await File.WriteAllBytesAsync(Path.Combine(folder, "back.png"), Sample(5), Stop);
            foreach (var line in (await PageAsync()).Where(l => l.StartsWith("curl ", StringComparison.Ordinal) && !l.Contains('…')))
            {
                foreach (var name in Variable().Matches(line).Select(m => m.Groups[1].Value))
                    Assert.True(known.ContainsKey(name), $"docs/api.md speaks of ${name}, which this test does not set: {line}");
                var status = await CurlAsync(line.Replace("/models/toybox/", "/models/rehearsal/", StringComparison.Ordinal), known,
                    folder);
                var wanted = _refused.FirstOrDefault(r => line.Contains(r.Part, StringComparison.Ordinal)).Status;
                Assert.True(wanted == 0 ? status is >= 200 and < 300 or 304 : status == wanted, $"{line} answered {status}.");
                await IdleAsync(known["KEY"]);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Lines_of_JavaScript_and_CSharp_are_those_that_tests_run()
    {
        var page = await PageAsync();
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 1));
        var script = Path.Combine(Directory.CreateTempSubdirectory("vico-docs-").FullName, "lines.js");
        var sdk = await File.ReadAllTextAsync(Repository.PathOf("tests", "node", "vico-client.mjs"), Stop);
        var lines = page.Where(line => line.StartsWith("const ", StringComparison.Ordinal) && !sdk.Contains(line, StringComparison.Ordinal))
            .ToList();
        Assert.Equal(2, lines.Count);
        await File.WriteAllTextAsync(script, $$"""
            const OpenAI = require('openai');
            const concept = process.argv[2];
            (async () => { {{string.Join('\n', lines)}} console.log(JSON.stringify(drawn.data.length)); })();
            """, Stop);
        Assert.Equal(2, (int)await NodeScript.RunAsync(script, host.Address, host.Admin.ApiKey, concept));
        Directory.Delete(Path.GetDirectoryName(script)!, recursive: true);

        var tests = string.Concat(
            await Task.WhenAll(Directory.GetFiles(Path.Combine(NodeScript.Root(), "tests", "ViCo.Gateway.Tests", "OtherClients"), "*.cs")
            .Select(file => File.ReadAllTextAsync(file, Stop))));
        var run = $"{sdk}\n{tests}\n{string.Join('\n', lines)}";
        Assert.All(page.Select(l => l.Trim()).Where(l => !l.StartsWith("curl ", StringComparison.Ordinal) && !Shown(l)), line =>
            Assert.Contains(line, run, StringComparison.Ordinal));
    }

    /// <summary>Whether a line shows what comes back, or what goes into a file.</summary>
    private static bool Shown(string line) => line is ['{' or '"', ..] || line.StartsWith("data:", StringComparison.Ordinal);

    /// <summary>A tenant of its own with everything that the page's variables name.</summary>
    private async Task<Dictionary<string, string>> WorldAsync()
    {
        var key = await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin);
        using var client = host.ClientFor(key);
        var concept = await host.NewConceptAsync(client);
        var run = await host.TrainAsync(concept, 400, client);
        await host.EndAsync(run, client);
        List<string> jobs = [];
        for (var i = 0; i < 21; i++)                        // a page of twenty, and more
        {
            jobs.Add((string)(await OkAsync(
                await client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 2, samplingSteps = 1 }, Stop)))["id"]!);
        }
        foreach (var drawn in jobs) await host.EndAsync(drawn, client);
        var hook = (string)(await OkAsync(await client.PostAsJsonAsync("/webhooks", new { url = "http://127.0.0.1:1/" }, Stop)))["id"]!;
        var job = (string)(await OkAsync(
            await client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 2, samplingSteps = 1 }, Stop)))["id"]!;
        string[] images = [.. (await host.EndAsync(job, client))["images"]!.AsArray().Select(id => (string)id!)];
        var delivery = await FirstDeliveryAsync(client, hook);
        var photo = (string)(await OkAsync(await client.GetAsync($"/concepts/{concept}", Stop)))["photos"]![1]!["id"]!;
        var next = (string)(await OkAsync(await client.GetAsync($"/images?concept={concept}&limit=20", Stop)))["next"]!;
        var token = (string)(await OkAsync(await client.PostAsJsonAsync("/tokens", new { job }, Stop)))["token"]!;
        var position = (string)(await OkAsync(await client.GetAsync("/changes", Stop)))["last"]!;
        var spare = (string)(await OkAsync(await client.PostAsJsonAsync("/keys", new { name = "spare" }, Stop)))["id"]!;
        return new()
        {
            ["VICO"] = host.Address.ToString().TrimEnd('/'), ["KEY"] = key, ["CONCEPT"] = concept, ["RUN"] = run, ["JOB"] = job,
            ["IMAGE"] = images[0],
            ["ANOTHER"] = images[1], ["PHOTO"] = photo, ["NEXT"] = next, ["TOKEN"] = token, ["POSITION"] = position,
            ["WEBHOOK"] = hook, ["DELIVERY"] = delivery, ["KEYID"] = spare, ["OPERATOR"] = host.Admin.ApiKey,
        };
    }

    /// <summary>A message that nobody took: nothing listens where it is sent.</summary>
    private static async Task<string> FirstDeliveryAsync(HttpClient client, string webhook)
    {
        while (true)
        {
            var all = (await OkAsync(await client.GetAsync($"/webhooks/{webhook}/deliveries", Stop)))["deliveries"]!.AsArray();
            if (all.Count > 0) return (string)all[0]!["id"]!;
            await Task.Delay(50, Stop);
        }
    }

    private static async Task<int> CurlAsync(string line, Dictionary<string, string> variables, string folder)
    {
        var seconds = line.Contains("$VICO/changes -H", StringComparison.Ordinal) ? 3 : 60;     // a stream that never ends
        var start = new ProcessStartInfo("bash", ["-c",
            $$"""
            curl() {
              [[ "$*" == *Authorization:* ]] || set -- -H "Authorization: Bearer $KEY" "$@"
              command curl -sS --max-time {{seconds}} -w '\nstatus=%{http_code}\n' "$@"
            }
            {{line}}
            """])
        {
            RedirectStandardOutput = true, WorkingDirectory = folder,
        };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return int.Parse(Status().Match(said).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task IdleAsync(string key)
    {
        using var client = host.ClientFor(key);
        while ((await OkAsync(await client.GetAsync("/jobs?state=queued,running", Stop)))["jobs"]!.AsArray().Count > 0) await Task.Delay(50,
            Stop);
    }

    private static async Task<List<string>> PageAsync() =>
        [.. (await File.ReadAllLinesAsync(Path.Combine(NodeScript.Root(), "docs", "api.md"), Stop))
            .Where(l => l.StartsWith("    ", StringComparison.Ordinal)).Select(l => l[4..])];

    [GeneratedRegex(@"\$([A-Z]+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"status=(\d+)\n$")]
    private static partial Regex Status();
}
