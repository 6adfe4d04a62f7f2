using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>Somebody's front-end in a real browser: on another origin than the API, and before it as a plain reverse proxy.</summary>
public sealed class OtherOriginTests(Browser browser) : IClassFixture<Browser>
{
    /// <summary>Every way in which a page calls: what each one brought.</summary>
    private const string Calls = """
        async ({ api, key, token, job, picture }) => {
          const seen = {};
          const late = () => new Promise((_, no) => setTimeout(() => no(new Error('nothing came')), 20000));
          const look = async (name, call) => {
            try { seen[name] = await Promise.race([call(), late()]); } catch (e) { seen[name] = `failed: ${e.message}`; }
          };
          const bearer = { Authorization: `Bearer ${key}` };
          await look('fetch', async () => (await fetch(`${api}/jobs/${job}`, { headers: bearer })).status);
          await look('post', async () => {
            const answer = await fetch(`${api}/concepts`, {
              method: 'POST', body: JSON.stringify({ name: 'From a page', initWord: 'cat' }),
              headers: { ...bearer, 'Content-Type': 'application/json', 'Idempotency-Key': `front-${Math.random()}` },
            });
            return `${answer.status} ${answer.headers.get('Location') !== null} ${answer.headers.get('ViCo-Api-Version')}`;
          });
          await look('refused', async () => (await (await fetch(`${api}/jobs/nobody`, { headers: bearer })).json()).code);
          const show = path => new Promise(yes => {
            const img = new Image();
            img.onload = () => yes(img.naturalWidth > 0);
            img.onerror = () => yes('refused');
            img.src = api + path;
          });
          await look('img', () => show(picture));
          await look('plain img', () => show(picture.split('?')[0]));
          await look('EventSource', () => new Promise((yes, no) => {
            const source = new EventSource(`${api}/jobs/${job}/events?access_token=${token}`); let events = 0;
            source.onmessage = () => events++;
            source.addEventListener('end', () => { source.close(); yes(events); });
            source.onerror = () => { source.close(); no(new Error('the stream broke')); };
          }));
          for (const [name, transport] of [['WebSockets', 1], ['ServerSentEvents', 2], ['LongPolling', 4]]) {
            await look(name, async () => {
              const hub = new signalR.HubConnectionBuilder()
                .withUrl(`${api}/hubs/studio`, { transport, accessTokenFactory: () => token }).configureLogging(6).build();
              await hub.start();
              let events = 0;
              await new Promise((yes, no) => hub.stream('Subscribe', job, 0).subscribe({ next: () => events++, complete: yes, error: no }));
              await hub.stop();
              return events;
            });
          }
          return JSON.stringify(seen);
        }
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_elsewhere_and_one_behind_its_own_proxy_fetch_show_and_follow_and_a_page_that_is_not_allowed_does_not()
    {
        if (Repository.OnPath("node") is not { } node) { Assert.Skip("There is no node: apt-get install nodejs."); return; }
        await using var window = await browser.OpenAsync();
        var data = Directory.CreateTempSubdirectory("vico-front-").FullName;
        try
        {
            await using var host = await UpHost.StartAsync(data, "--engine", "rehearsal");
            var concept = await host.User.CreateTeapotAsync();
            var job = await host.User.TrainAsync(concept, 20);
            await host.WaitForEndAsync(job, TimeSpan.FromSeconds(60));
            var drawing = await host.User.DrawAsync(concept, "a photo of *", 2);
            await host.WaitForEndAsync(drawing, TimeSpan.FromSeconds(60));
            var image = (string)(await host.User.JobAsync(drawing))["images"]![0]!;
            var events = (await host.User.EventsAsync(job)).Count;

            var (elsewhere, proxy, stranger) = (Child.FreePort(), Child.FreePort(), Child.FreePort());
            await using var first = await FrontAsync(node, elsewhere);
            await using var second = await FrontAsync(node, proxy, host.Address);
            await using var third = await FrontAsync(node, stranger);
            using var admin = new HttpClient { BaseAddress = host.Address };
            admin.DefaultRequestHeaders.Authorization = new("Bearer", host.Key);
            await AskAsync(admin, HttpMethod.Patch, "/settings", new { allowedOrigins = new[] { $"http://127.0.0.1:{elsewhere}" } });
            var token = (string)(await AskAsync(admin, HttpMethod.Post, "/tokens", new { job, ttl = 300 }))["token"]!;
            var picture = (string)(
                await AskAsync(admin, HttpMethod.Post, "/signed-urls", new { paths = new[] { $"/images/{image}?w=96" }, ttl = 300 }))[
                "urls"]![0]!["url"]!;

            var works = new JsonObject
            {
                ["fetch"] = 200, ["post"] = "201 true v1", ["refused"] = "job_not_found", ["img"] = true, ["plain img"] = "refused",
                ["EventSource"] = events, ["WebSockets"] = events, ["ServerSentEvents"] = events, ["LongPolling"] = events,
            };
            var api = host.Address.ToString().TrimEnd('/');
            Assert.Equal(works.ToJsonString(), (await CallAsync(elsewhere, api)).ToJsonString());
            Assert.Equal(works.ToJsonString(), (await CallAsync(proxy, $"http://127.0.0.1:{proxy}")).ToJsonString());

            var refused = await CallAsync(stranger, api);
            foreach (var call in new[] { "fetch", "post", "refused", "EventSource", "ServerSentEvents", "LongPolling" })
                Assert.StartsWith("failed", (string?)refused[call]!.AsValue().ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(token, host.Process.Output, StringComparison.Ordinal);

            async Task<JsonNode> CallAsync(int port, string address)
            {
                var page = await window.Context.NewPageAsync();
                await page.GotoAsync($"http://127.0.0.1:{port}/app/");
                var seen = await page.EvaluateAsync<string>(Calls, new { api = address, key = host.Key, token, job, picture });
                await page.CloseAsync();
                return JsonNode.Parse(seen)!;
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<Child> FrontAsync(string node, int port, Uri? api = null)
    {
        var script = Path.Combine(Programs.Repository, "tests", "node", "front.js");
        var signalR = Path.Combine(Programs.Repository, "src", "ViCo.Gateway", "wwwroot", "lib", "signalr.min.js");
        var front = Child.Start(node, [script, $"{port}", signalR, .. api is null ? (string[])[] : [api.ToString()]]);
        await front.WaitUntilAsync(() => Child.ListensAsync(port), TimeSpan.FromSeconds(20), "listening");
        return front;
    }

    private static async Task<JsonNode> AskAsync(HttpClient client, HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = JsonContent.Create(body) };
        using var answer = await client.SendAsync(request, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path} answered {(int)answer.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
