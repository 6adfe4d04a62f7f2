using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Gateway.Mcp;
using ViCo.Gateway.Studio;

namespace ViCo.Gateway.Tests.Isolation;

/// <summary>Who is answered what: <c>access.md</c>, line by line and cell by cell.</summary>
public sealed class AccessTests(GatewayHost host)
{
    // Asked by the hub's methods and by tools.
    private static readonly string[] _byMethods = ["/hubs/studio", "/mcp"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_route_method_of_the_hub_and_tool_has_a_line_and_every_line_has_one()
    {
        var table = AccessTable.Read();
        HashSet<(string Method, string Pattern)> there =
        [
            .. Routes().SelectMany(route => MethodsOf(route).Select(method => (method, PatternOf(route))))
                .Where(route => !_byMethods.Contains(route.Item2)),
            .. typeof(StudioHub).GetMethods().Where(m => m.DeclaringType == typeof(StudioHub) && !m.IsVirtual).Select(m => ("HUB", m.Name)),
            .. ToolAccess.Needed.Keys.Select(tool => ("MCP", tool)),
        ];
        Assert.Empty(there.Where(one => !table.Routes.Any(line => line.Matches(one.Method, one.Pattern)))
            .Select(one => $"access.md has no line for {one.Method} {one.Pattern}: say there who is answered what."));
        Assert.Empty(table.Routes.Where(line => !there.Any(one => line.Matches(one.Method, one.Pattern)))
            .Select(line => $"There is no {line}, of which access.md has a line."));
    }

    [Fact]
    public async Task Every_caller_is_answered_as_its_cell_says_and_learns_nothing_of_another_tenant()
    {
        var watch = Stopwatch.StartNew();
        var table = AccessTable.Read();
        var world = await AccessWorld.MakeAsync(host);
        await using var asker = new AccessAsker(host, world);
        List<string> odd = [];

        // What is refused first: whatever it did wrongly would be missed by those who may.
        foreach (var line in Concrete(table))
        {
            foreach (var caller in table.Callers)
            {
                var cell = table.Of(line, caller);
                var answers = new Dictionary<Whose, AccessAnswer>();
                foreach (var whose in Variations(line).Where(whose => cell.About(whose) != AccessTable.Ok))
                    answers[whose] = await CellAsync(line, caller, whose, _ => whose);
                if (cell.Foreign == cell.Unknown && answers.TryGetValue(Whose.Foreign, out var foreign)
                    && answers.TryGetValue(Whose.Unknown, out var unknown)) Alike(line, caller, foreign, unknown);
                // A child of somebody else's under one's own parent.
                if (asker.Names(line) is not [var first, _, ..] || cell is not { Own: AccessTable.Ok, Foreign: not AccessTable.Ok })
                    continue;
                Alike(line, caller, await asker.AskAsync(line, caller, name => name == first ? Whose.Own : Whose.Foreign),
                    await asker.AskAsync(line, caller, name => name == first ? Whose.Own : Whose.Unknown));
            }
        }
        foreach (var line in Concrete(table).Where(line => !line.Once))
        {
            foreach (var caller in table.Callers)
            {
                foreach (var whose in Variations(line).Where(whose => table.Of(line, caller).About(whose) == AccessTable.Ok))
                    await CellAsync(line, caller, whose, _ => whose);
            }
        }
        foreach (var line in Concrete(table).Where(line => line.Once))
        {
            var first = table.Callers.First(caller => table.Of(line, caller).Own == AccessTable.Ok);
            await CellAsync(line, first, Whose.Own, _ => Whose.Own);
            await QuietAsync(world);
        }
        // After all of that the other tenant has what it had.
        foreach (var line in Concrete(table).Where(line => line.Method == "GET" && table.Of(line, "other").Foreign == AccessTable.Ok))
            await CellAsync(line, "other", Whose.Foreign, _ => Whose.Foreign);

        TestContext.Current.TestOutputHelper?.WriteLine($"{asker.Asked} requests, {watch.Elapsed.TotalSeconds:F1} s");
        Assert.True(odd.Count == 0, $"{odd.Count} cells are not as access.md says:\n{string.Join('\n', odd.Take(60))}");
        Assert.InRange(asker.Asked, 1500, 20_000);

        async Task<AccessAnswer> CellAsync(AccessRoute line, string caller, Whose whose, Func<string, Whose> each)
        {
            var wanted = table.Of(line, caller).About(whose);
            var answer = await asker.AskAsync(line, caller, each);
            if (answer.Outcome != wanted)
            {
                odd.Add($"{line} answered {caller} about {whose}: {answer.Outcome}, wanted {wanted}. "
                    + answer.Body[..Math.Min(300, answer.Body.Length)]);
            }
            var secret = caller == "other" ? AccessWorld.OwnWord : AccessWorld.ForeignWord;
            if ($"{answer.Told}{answer.Body}".Contains(secret, StringComparison.Ordinal))
                odd.Add($"{line} told {caller} a word of another tenant.");
            return answer;
        }

        IReadOnlyList<Whose> Variations(AccessRoute line) =>
            asker.Names(line).Count == 0 ? [Whose.Own] : [Whose.Own, Whose.Foreign, Whose.Unknown];

        void Alike(AccessRoute line, string caller, AccessAnswer foreign, AccessAnswer unknown)
        {
            if (foreign.Told != unknown.Told)
                odd.Add($"{line} tells {caller} that another tenant's is there:\n{foreign.Told}\n-- unknown --\n{unknown.Told}");
        }
    }

    [Fact]
    public async Task Ids_drawn_by_chance_lead_nowhere()
    {
        var count = Environment.GetEnvironmentVariable("VICO_LONG") is "1" ? 1_000_000 : 2_000;
        using var client = new HttpClient { BaseAddress = host.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", await host.NewTenantAsync());
        string[] paths = ["/concepts/{id}", "/jobs/{id}", "/images/{id}-0", "/jobs/{id}/events", "/concepts/{id}/runs", "/v1/models/{id}"];
        var found = 0;
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Stop }, async (i, stop) =>
        {
            var id = RandomNumberGenerator.GetHexString(24, lowercase: true);
            var path = paths[i % paths.Length].Replace("{id}", id, StringComparison.Ordinal);
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), stop);
            if (answer.StatusCode != HttpStatusCode.NotFound) Interlocked.Increment(ref found);
        });
        Assert.Equal(0, found);
    }

    private IEnumerable<RouteEndpoint> Routes() =>
        host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    /// <summary>A hub's negotiation names no method and takes one.</summary>
    private static IEnumerable<string> MethodsOf(RouteEndpoint route) =>
        (route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["POST"]).Where(method => method is not ("HEAD" or "OPTIONS"));

    /// <summary>Without the kinds of its parameters, as people write it.</summary>
    private static string PatternOf(RouteEndpoint route) =>
        "/" + string.Join('/', route.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
            _ => "",
        }))));

    /// <summary>The lines, those that end in * once for each route.</summary>
    private IEnumerable<AccessRoute> Concrete(AccessTable table) => table.Routes.SelectMany(line => line.Pattern.EndsWith('*')
        ? Routes().Where(route => line.Matches("GET", PatternOf(route))).Select(route => line with { Pattern = PatternOf(route) })
        : [line]);

    /// <summary>Waits until what was begun has ended: most things can be done once at a time.</summary>
    private async Task QuietAsync(AccessWorld world)
    {
        using var admin = host.ClientFor(world["admin"].Bearer);
        for (var tries = 0; tries < 400; tries++)
        {
            var answer = await admin.GetAsync("/jobs?state=queued&state=running", Stop);
            if (answer.StatusCode == HttpStatusCode.Unauthorized) return;                  // the tenant is gone
            var jobs = await GatewayHost.OkAsync(answer);
            if (jobs["jobs"]!.AsArray().Count == 0) return;
            await Task.Delay(25, Stop);
        }
    }
}
