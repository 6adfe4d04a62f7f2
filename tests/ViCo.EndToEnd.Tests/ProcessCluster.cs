using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>Redis, Azurite, a control silo, two GPU silos and a gateway on free loopback ports; all end with this object.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private readonly List<Child> _all = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-cluster-").FullName;
    private ApiUser? _user;
    private (string, string)[] _ofGpus = [];

    private ProcessCluster()
    {
    }

    /// <summary>GPU silos by name.</summary>
    public Dictionary<string, Child> Gpus { get; } = [];

    public ApiUser User => _user ?? throw new InvalidOperationException("Not started.");

    private Child Gateway { get; set; } = null!;

    /// <param name="more">Settings of every process, as environment variables.</param>
    public static async Task<ProcessCluster> StartAsync(string engine, params (string, string)[] more)
    {
        var redis = Repository.OnPath("redis-server");
        var azurite = Repository.OnPath("azurite-blob");
        Assert.SkipWhen(redis is null, "redis-server is not installed (Debian: redis-server)");
        Assert.SkipWhen(azurite is null, "azurite-blob is not installed (./vico test installs it with npm into artifacts/node)");

        var cluster = new ProcessCluster();
        try
        {
            await cluster.StartAsync(redis, azurite, engine, more);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The name of the GPU silo that the newest attempt runs on: a worker's id begins with its silo's name.</summary>
    public string WorkerOf(IReadOnlyList<LoggedEvent> events)
    {
        var reason = events.Last(e => e.Type == "state" && e.Data["state"]!.GetValue<string>() == "running")
            .Data["reason"]!.GetValue<string>();
        return Assert.Single(Gpus.Keys, name => reason.Contains(name, StringComparison.Ordinal));
    }

    /// <summary>Starts a GPU silo again that has ended, and waits until it takes work.</summary>
    public async Task StartGpuAsync(string name)
    {
        StartGpu(name);
        await Gpus[name].WaitUntilAsync(
            async () => (await User.GetAsync("/admin/silos"))["silos"]!.AsArray().Any(silo =>
                silo!["name"]!.GetValue<string>() == name && silo["devices"]!.AsArray().Count > 0),
            TimeSpan.FromSeconds(90), "taking work");
    }

    public Task WaitForEndAsync(string job, TimeSpan limit) => Gateway.WaitUntilAsync(
        async () => (await User.JobAsync(job))["state"]!.GetValue<string>() switch
        {
            "succeeded" => true,
            "failed" or "canceled" => throw new InvalidOperationException($"Job {job} ended badly: {await User.JobAsync(job)}"),
            _ => false,
        },
        limit, $"done with job {job}");

    public async ValueTask DisposeAsync()
    {
        _user?.Dispose();
        foreach (var child in Enumerable.Reverse(_all)) await child.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync(string redisServer, string azuriteBlob, string engine, (string, string)[] more)
    {
        var (redisPort, blobPort) = (Child.FreePort(), Child.FreePort());
        var redis = Track(Child.Start(redisServer,
            ["--port", $"{redisPort}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _folder]));
        var azurite = Track(Child.Start(
            azuriteBlob, ["--blobHost", "127.0.0.1", "--blobPort", $"{blobPort}", "--location", Path.Combine(_folder, "azurite"),
                "--silent", "--skipApiVersionCheck"]));
        await redis.WaitUntilAsync(() => Child.ListensAsync(redisPort), TimeSpan.FromSeconds(20), "listening");
        await azurite.WaitUntilAsync(() => Child.ListensAsync(blobPort), TimeSpan.FromSeconds(60), "listening");

        // The development account's key is printed in Azurite's own documentation.
        const string key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
        (string, string)[] shared =
        [
            ("ViCo__Cluster__Redis", $"127.0.0.1:{redisPort}"),
            ("ViCo__Cluster__Address", "127.0.0.1"),
            ("ViCo__Storage__AzureConnection",
                $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={key};"
                + $"BlobEndpoint=http://127.0.0.1:{blobPort}/devstoreaccount1;"),
            ("ViCo__Leases__Duration", "00:00:06"),
            ("ViCo__Leases__RenewEvery", "00:00:02"),
            ("Logging__LogLevel__Orleans", "Warning"),
            .. more,
        ];
        _ofGpus =
        [
            .. shared, ("ViCo__Cluster__GatewayPort", "0"), ("ViCo__Engine__Kind", engine), ("ViCo__Engine__Model", Programs.Toybox),
            ("ViCo__Engine__RehearsalStep", "00:00:00.050"),
            ("ViCo__Engine__ResumeEvery", "00:00:01"),
        ];

        Track(StartSilo("control", "control", [.. shared, ("ViCo__Cluster__GatewayPort", $"{Child.FreePort()}")]));
        foreach (var name in new[] { "gpu-a", "gpu-b" }) StartGpu(name);

        var address = new Uri($"http://127.0.0.1:{Child.FreePort()}");
        var keyFile = Path.Combine(_folder, "admin.key");
        Gateway = Track(Child.Start(Programs.Gateway, [],
            [.. shared, ("ASPNETCORE_URLS", address.ToString().TrimEnd('/')), ("ViCo__AdminKeyFile", keyFile),
                ("ViCo__Gateway__SecretFile", Path.Combine(_folder, "installation.secret"))]));
        using var http = new HttpClient();
        await Gateway.WaitUntilAsync(
            async () => File.Exists(keyFile) && (await http.GetAsync(new Uri(address, "/readyz"))).IsSuccessStatusCode,
            TimeSpan.FromSeconds(90), "ready");
        _user = new(address, (await File.ReadAllTextAsync(keyFile)).Trim());
    }

    private void StartGpu(string name) => Gpus[name] = Track(StartSilo(name, "gpu", _ofGpus));

    private static Child StartSilo(string name, string role, (string, string)[] environment) => Child.Start(
        Programs.Silo, [],
        [.. environment, ("ViCo__Silo__Name", name), ("ViCo__Silo__Roles", role), ("ViCo__Cluster__SiloPort", $"{Child.FreePort()}")]);

    private Child Track(Child child)
    {
        _all.Add(child);
        return child;
    }
}
