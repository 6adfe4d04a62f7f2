using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;
using ViCo.Options;
using ViCo.Silo;

[assembly: AssemblyFixture(typeof(ViCo.Gateway.Tests.GatewayHost))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]        // one worker serves them all

namespace ViCo.Gateway.Tests;

/// <summary>
/// The real gateway on a loopback port with real grains and the rehearsal engine in one process. One for all
/// tests; each makes its own concepts or tenants.
/// </summary>
public sealed class GatewayHost : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-gateway-").FullName;
    private readonly ErrorLog _log = new();
    private readonly OptionCatalog _catalog;
    private readonly Dictionary<string, string?> _engine;
    private WebApplication? _app;
    private JsonNode? _document;
    private int _tenants;

    public GatewayHost()
        : this(OptionCatalog.Default, new() { ["ViCo:Engine:Kind"] = "rehearsal", ["ViCo:Engine:RehearsalStep"] = "00:00:00.002" })
    {
    }

    /// <summary>With other options, or another engine.</summary>
    internal GatewayHost(OptionCatalog catalog, Dictionary<string, string?> engine) => (_catalog, _engine) = (catalog, engine);

    public Uri Address => new(_app!.Urls.First());

    internal AdminAccess Admin { get; private set; } = null!;

    /// <summary>How many errors the server has logged so far.</summary>
    public int LoggedErrors => _log.Errors;

    /// <summary>How often the server has logged a text at level Information or above.</summary>
    public int TimesLogged(string text) => _log.Lines.Count(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>Whether the server has logged a text at level Information or above.</summary>
    public bool HasLogged(string text) => _log.Lines.Any(line => line.Contains(text, StringComparison.Ordinal));

    public IServiceProvider Services => _app!.Services;

    /// <summary>Where blobs and grain state lie.</summary>
    internal string Blobs => Path.Combine(_folder, "blobs");

    public string KeyFile => Path.Combine(_folder, "admin.key");

    /// <summary>A client with the key of the tenant <c>default</c>.</summary>
    public HttpClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders().AddProvider(_log);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(_engine)
        {
            ["ViCo:Storage:Folder"] = Blobs,
            ["ViCo:Cluster:SiloPort"] = FreePort().ToString(),
            ["ViCo:Cluster:GatewayPort"] = FreePort().ToString(),
            ["ViCo:Gateway:Heartbeat"] = "00:00:01",
            ["ViCo:Gateway:TrainingSize"] = "128",
            ["ViCo:Gateway:MaxPhotoBytes"] = "400000",
            ["ViCo:Webhooks:Allow:0"] = "127.0.0.1/32",
            ["ViCo:Webhooks:Pauses:0"] = "00:00:00.3",
            ["ViCo:Webhooks:Pauses:1"] = "00:00:00.5",
        });
        builder.Services.AddSingleton(_catalog);
        builder.AddViCoSilo();
        builder.AddViCoGateway();
        _app = builder.Build();
        _app.MapViCo();
        await _app.StartAsync();
        Admin = await Services.GetRequiredService<FirstStart>().EnsureAsync(KeyFile);
        Client = ClientFor(Admin.ApiKey);
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public HttpClient ClientFor(string? key)
    {
        var wire = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        var client = new HttpClient(new AnswerCheck(DocumentAsync) { InnerHandler = wire }) { BaseAddress = Address };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    private async Task<JsonNode> DocumentAsync()
    {
        if (_document is not null) return _document;
        using var client = new HttpClient { BaseAddress = Address };
        return _document = JsonNode.Parse(await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!;
    }

    /// <summary>The key of a tenant that nobody had before.</summary>
    public async Task<string> NewTenantAsync(KeyRole role = KeyRole.User)
    {
        var key = ApiKey.New(new($"tenant-{Interlocked.Increment(ref _tenants)}"));
        var grains = Services.GetRequiredService<IGrainFactory>();
        Assert.True(await new CurrentTenant(key.Tenant, grains).Tenant().AddKey(key.KeyId, key.SecretHash, role));
        return key.InClear();
    }

    public HubConnection Hub(string key)
    {
        var hub = new HubConnectionBuilder()
            .WithUrl(new Uri(Address, "/hubs/studio"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(key))
            .AddJsonProtocol(json => GatewayJson.Apply(json.PayloadSerializerOptions))
            .Build();
        return hub;
    }

    public async Task<string> NewConceptAsync(HttpClient? client = null, int photos = 2)
    {
        client ??= Client;
        var concept = await OkAsync(await client.PostAsJsonAsync("/concepts", new { name = "Teapot", initWord = "teapot" }));
        var id = (string)concept["id"]!;
        using var form = new MultipartFormDataContent();
        for (var i = 1; i <= photos; i++) form.Add(Photo(Sample(i), "image/png"), "photos", $"{i}.png");
        await OkAsync(await client.PostAsync(new Uri($"/concepts/{id}/photos", UriKind.Relative), form));
        return id;
    }

    public async Task<string> TrainAsync(string concept, int steps, HttpClient? client = null) =>
        (string)(await OkAsync(await (client ?? Client).PostAsJsonAsync($"/concepts/{concept}/trainings", new { steps })))["id"]!;

    /// <summary>Waits until the job is over and returns it.</summary>
    public async Task<JsonNode> EndAsync(string job, HttpClient? client = null)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            var view = await OkAsync(await (client ?? Client).GetAsync(new Uri($"/jobs/{job}", UriKind.Relative)));
            if (view["ended"] is not null) return view;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"Job {job} did not end within 30 s.");
    }

    public static ByteArrayContent Photo(byte[] content, string type)
    {
        var part = new ByteArrayContent(content);
        part.Headers.ContentType = new MediaTypeHeaderValue(type);
        return part;
    }

    /// <summary>A shipped photo of a sample object.</summary>
    public static byte[] Sample(int number, string thing = "teapot") =>
        File.ReadAllBytes(Repository.PathOf("samples", thing, "photos", $"{number}.png"));

    public static async Task<JsonNode> OkAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode,
            $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}: {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    /// <summary>The answer must be a problem with this status and code; returns it.</summary>
    public static async Task<JsonNode> ProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status,
            $"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}, not {(int)status}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(text)!;
        Assert.Equal(code, (string?)problem["code"]);
        Assert.False(string.IsNullOrWhiteSpace((string?)problem["detail"]), "The problem says nothing.");
        return problem;
    }

    public static JobEvent ParseEvent(string json)
    {
        var options = new JsonSerializerOptions();
        GatewayJson.Apply(options);
        return JsonSerializer.Deserialize<JobEvent>(json, options)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
