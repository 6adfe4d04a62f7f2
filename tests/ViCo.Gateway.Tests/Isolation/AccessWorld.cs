using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Tenants;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.Isolation;

/// <summary>A tenant with one of each thing there is, its callers, and the same of another tenant.</summary>
internal sealed class AccessWorld
{
    /// <summary>What a caller shows: a key or token, or the signature of an address.</summary>
    internal sealed record Shown(string? Bearer, string? Signature = null);

    private readonly Dictionary<string, Shown> _callers = [];
    private readonly Dictionary<string, string> _own = [], _foreign = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Stands in what only the tenant, or only the other one, may read.</summary>
    public static string OwnWord => "heimatwort";

    public static string ForeignWord => "fremdwort";

    public Shown this[string caller] => _callers[caller];

    /// <summary>The id of a thing, by its name in a route.</summary>
    public string Id(string name, Whose whose) => whose switch
    {
        Whose.Own => _own[name],
        Whose.Foreign => _foreign[name],
        // Of steps and documents everybody has the same.
        _ => name is "step" or "documentName" ? _own[name] : Another(_foreign[name]),
    };

    public bool Knows(string name) => _own.ContainsKey(name);

    public static async Task<AccessWorld> MakeAsync(GatewayHost host)
    {
        var world = new AccessWorld();
        var (mine, other) = (await host.NewTenantAsync(KeyRole.Admin), await host.NewTenantAsync(KeyRole.Admin));
        using var admin = host.ClientFor(mine);
        using var rival = host.ClientFor(other);
        await FillAsync(host, admin, OwnWord, world._own);
        await FillAsync(host, rival, ForeignWord, world._foreign);
        await world.AddCallersAsync(host, mine, admin);
        world._callers["other"] = new(other);

        using var reader = host.ClientFor(world["reader"].Bearer);
        world._own["session"] = await SessionAsync(host, reader, world["reader"].Bearer!);
        world._foreign["session"] = await SessionAsync(host, rival, other);
        world._own["readers-key"] = world["reader"].Bearer!;
        world._foreign["readers-key"] = other;
        world._own["operators-key"] = await OperatorsKeyAsync(host.Client);
        world._foreign["operators-key"] = world._foreign["key"];            // a tenant's is none of the installation's
        var model = (string)(await OkAsync(await admin.GetAsync("/models", Stop)))["models"]![0]!["name"]!;
        (world._own["model"], world._foreign["model"]) = (model, model);
        var silo = (string)(await OkAsync(await host.Client.GetAsync("/admin/silos", Stop)))["silos"]![0]!["name"]!;
        (world._own["silo"], world._foreign["silo"]) = (silo, silo);
        foreach (var ids in new[] { world._own, world._foreign })
            (ids["token"], ids["documentName"]) = ("none", "v1");
        return world;
    }

    private static async Task FillAsync(GatewayHost host, HttpClient admin, string word, Dictionary<string, string> ids)
    {
        var session = await OkAsync(await admin.GetAsync("/session", Stop));
        ids["tenant"] = (string)session["tenant"]!;
        ids["webhook"] = (string)(await OkAsync(
            await admin.PostAsJsonAsync("/webhooks", new { url = $"https://{word}.invalid/" }, Stop)))["id"]!;
        ids["concept"] = await host.NewConceptAsync(admin, photos: 1);
        await OkAsync(await admin.PatchAsJsonAsync($"/concepts/{ids["concept"]}", new { name = word, tags = new[] { word } }, Stop));
        // A photo's id is made from what it shows: each tenant has one of its own.
        using var form = new MultipartFormDataContent { { Photo(Sample(word == OwnWord ? 4 : 5), "image/png"), "photos", $"{word}.png" } };
        ids["photo"] = (string)(
            await OkAsync(await admin.PostAsync($"/concepts/{ids["concept"]}/photos", form, Stop)))["photos"]![0]!["id"]!;
        foreach (var run in new[] { "spare-run", "run" })
        {
            ids[run] = (string)(await OkAsync(await admin.PostAsJsonAsync(
                $"/concepts/{ids["concept"]}/trainings", new { steps = 50, user = word }, Stop)))["id"]!;
            await host.EndAsync(ids[run], admin);
        }
        (ids["job"], ids["step"]) = (ids["run"], "50");
        ids["drawing"] = (string)(await OkAsync(await admin.PostAsJsonAsync("/images",
            new { concept = ids["concept"], prompt = $"a * and a {word}", count = 2, samplingSteps = 1 }, Stop)))["id"]!;
        ids["image"] = (string)(await host.EndAsync(ids["drawing"], admin))["images"]![0]!;
        ids["canceled-training"] = (string)(await OkAsync(
            await admin.PostAsJsonAsync($"/concepts/{ids["concept"]}/trainings", new { steps = 500 }, Stop)))["id"]!;
        ids["canceled-drawing"] = (string)(await OkAsync(await admin.PostAsJsonAsync("/images",
            new { concept = ids["concept"], prompt = "*", count = 1, samplingSteps = 200 }, Stop)))["id"]!;
        foreach (var job in new[] { "canceled-training", "canceled-drawing" })
            await OkAsync(await admin.PostAsync($"/jobs/{ids[job]}/cancel", null, Stop));
        for (var tries = 0; !ids.ContainsKey("delivery"); tries++)
        {
            var page = await OkAsync(await admin.GetAsync($"/webhooks/{ids["webhook"]}/deliveries", Stop));
            if (page["deliveries"]!.AsArray() is [{ } first, ..]) ids["delivery"] = (string)first["id"]!;
            Assert.True(tries < 100, "A webhook has heard of no job.");
            await Task.Delay(50, Stop);
        }
        ids["key"] = (string)(await OkAsync(await admin.PostAsJsonAsync("/keys", new { name = word, role = "reader" }, Stop)))["id"]!;
    }

    private async Task AddCallersAsync(GatewayHost host, string mine, HttpClient admin)
    {
        async Task<(string Key, string Id)> KeyAsync(object body)
        {
            var made = await OkAsync(await admin.PostAsJsonAsync("/keys", body, Stop));
            return ((string)made["key"]!, (string)made["id"]!);
        }
        _callers["nobody"] = new(null);
        _callers["admin"] = new(mine);
        _callers["reader"] = new((await KeyAsync(new { role = "reader" })).Key);
        _callers["user"] = new((await KeyAsync(new { role = "user" })).Key);
        _callers["drawer"] = new((await KeyAsync(new { role = "user", scopes = new[] { "images:write" } })).Key);
        Assert.True(ApiKey.TryParse(_callers["user"].Bearer, out var known));
        _callers["wrong"] = new((known with { Secret = ApiKey.New(known.Tenant).Secret }).InClear());
        _callers["expired"] = new((await KeyAsync(new { expires = TimeProvider.System.GetUtcNow().AddSeconds(1) })).Key);
        var (revoked, id) = await KeyAsync(new { role = "admin" });
        Assert.True((await admin.DeleteAsync($"/keys/{id}", Stop)).IsSuccessStatusCode);
        _callers["revoked"] = new(revoked);

        var operators = ApiKey.New(known.Tenant);
        Assert.True(await new CurrentTenant(known.Tenant, host.Services.GetRequiredService<IGrainFactory>()).Tenant()
            .AddKey(operators.KeyId, operators.SecretHash, KeyRole.Operator));
        _callers["operator"] = new(operators.InClear());
        _callers["nowhere"] = new((string)(
            await OkAsync(await host.Client.PostAsJsonAsync("/admin/keys", new { name = "nowhere" }, Stop)))["key"]!);

        _callers["token"] = new((string)(
            await OkAsync(await admin.PostAsJsonAsync("/tokens", new { job = _own["drawing"] }, Stop)))["token"]!);
        var another = $"/images/{_own["drawing"]}-1";
        var signed = (string)(
            await OkAsync(await admin.PostAsJsonAsync("/signed-urls", new { paths = new[] { another } }, Stop)))["urls"]![0]!["url"]!;
        _callers["signature"] = new(null, signed[(signed.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        await Task.Delay(TimeSpan.FromSeconds(1), Stop);                    // until it has expired
    }

    private static async Task<string> SessionAsync(GatewayHost host, HttpClient client, string key)
    {
        using var browser = host.ClientFor(null);
        await OkAsync(await browser.PostAsJsonAsync("/login", new { key }, Stop));
        return (string)(await OkAsync(await client.GetAsync("/sessions", Stop)))["sessions"]![0]!["id"]!;
    }

    private static async Task<string> OperatorsKeyAsync(HttpClient client) =>
        (string)(await OkAsync(await client.PostAsJsonAsync("/admin/keys", new { name = "spare" }, Stop)))["id"]!;

    /// <summary>An id of the same form that nobody has.</summary>
    private static string Another(string id) => string.Concat(id.Select(sign => sign switch
    {
        >= '0' and <= '9' => (char)('0' + (sign - '0' + 3) % 10),
        >= 'a' and <= 'f' => (char)('a' + (sign - 'a' + 1) % 6),
        >= 'g' and <= 'z' => (char)('g' + (sign - 'g' + 5) % 20),
        _ => sign,
    }));
}
