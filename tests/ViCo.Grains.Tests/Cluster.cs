using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;
using Orleans.TestingHost;
using ViCo.Grains.Concepts;
using ViCo.Grains.Gpus;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;
using ViCo.Silo;

namespace ViCo.Grains.Tests;

/// <summary>
/// Real silos in this process over a folder of blobs. Leases go by <see cref="Clock"/>; workers, where asked for, run the rehearsal engine.
/// </summary>
public sealed class Cluster : IAsyncDisposable
{
    public static readonly TenantId Tenant = new("acme");

    /// <summary>A setting of its own that has control silos keep the directory, as in a cluster of several machines.</summary>
    public const string ControlDirectory = "Test:ControlDirectory";

    private readonly TempFolder _folder = new();
    private readonly InProcessTestCluster _silos;
    private readonly IDisposable _scope;

    private Cluster(IReadOnlyList<string> roles, bool fakeClock, Func<IBlobStore, IBlobStore>? wrap, TimeSpan step, Dictionary<string,
        string?>? settings, int started)
    {
        Blobs = new FolderBlobStore(_folder.Path);
        if (wrap is not null) Blobs = wrap(Blobs);

        var builder = new InProcessTestClusterBuilder((short)started);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSiloHost((options, host) =>
        {
            var number = int.Parse(options.SiloName.AsSpan(options.SiloName.LastIndexOfAny(['_', '-', 'y']) + 1)) % roles.Count;
            host.Logging.SetMinimumLevel(LogLevel.Warning);
            host.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(settings ?? [])
            {
                ["ViCo:Engine:Kind"] = "rehearsal", ["ViCo:Engine:RehearsalStep"] = step.ToString(),
            });
            host.Services.AddSingleton(Blobs);
            if (fakeClock) host.Services.AddKeyedSingleton<TimeProvider>(GrainHosting.ClockKey, Clock);
            host.UseOrleans(silo =>
            {
                silo.AddViCoGrains(roles[number].Split(','));
                if (settings?.ContainsKey(ControlDirectory) == true) silo.AddControlDirectory();
            });
            if (roles[number].Contains("gpu", StringComparison.Ordinal)) host.Services.AddGpuWorker(options.SiloName);
        });
        _silos = builder.Build();
        _scope = TenantScope.Enter(Tenant);
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public IBlobStore Blobs { get; }

    public InProcessTestCluster Silos => _silos;

    public IGrainFactory Grains => _silos.Client;

    public IGpuQueueGrain Queue => Grains.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool);

    /// <param name="started">How many of <paramref name="roles"/> are there from the start, all if null;
    /// <c>Silos.StartAdditionalSiloAsync</c> starts the next.</param>
    public static async Task<Cluster> StartAsync(
        string[]? roles = null, bool fakeClock = true, Func<IBlobStore, IBlobStore>? wrap = null, TimeSpan step = default,
        Dictionary<string, string?>? settings = null, int? started = null)
    {
        roles ??= ["control"];
        var cluster = new Cluster(roles, fakeClock, wrap, step, settings, started ?? roles.Length);
        await cluster._silos.DeployAsync();
        return cluster;
    }

    /// <summary>
    /// Calls that flow from here come for the test's tenant. Needed again in each async method: the scope flows down, not up.
    /// </summary>
    public static IDisposable AsTenant() => TenantScope.Enter(Tenant);

    public static string Key(string id) => Tenant.Key(id);

    public IJobGrain Job(string id) => Grains.GetGrain<IJobGrain>(Key(id));

    public IIndexGrain Index(string key) => Grains.GetGrain<IIndexGrain>(key);

    public IConceptGrain Concept(string id) => Grains.GetGrain<IConceptGrain>(Key(id));

    /// <summary>A concept with two photos.</summary>
    public async Task<IConceptGrain> NewConceptAsync(string id)
    {
        var concept = Concept(id);
        Assert.Equal(Outcome.Done, await concept.Create(new("A teapot", "teapot", Clock.GetUtcNow())));
        for (var i = 0; i < 2; i++)
        {
            var blob = BlobNames.Photo(Tenant, id, $"photo{i}", "png");
            var content = new byte[] { 1, 2, (byte)i };
            await Blobs.WriteAsync(blob, content);
            Assert.Equal(Outcome.Done, await concept.AddPhoto(new($"photo{i}", $"IMG_{i}.png", 512, 512, 3, blob, [])
            {
                Digest = Convert.ToHexStringLower(SHA256.HashData(content)),
            }));
        }
        return concept;
    }

    /// <summary>A queued training of some steps.</summary>
    public async Task<IJobGrain> NewTrainingAsync(string id, int steps = 10)
    {
        var result = await Job(id).Submit(Training(steps));
        Assert.Null(result.Problem);
        return Job(id);
    }

    public TrainingJob Training(int steps) => new("teapot", Clock.GetUtcNow(), "teapot", ["photos/1.png"], Asking.Steps(steps));

    /// <summary>Pictures of the base model alone, a few steps each.</summary>
    public SamplingJob Drawing(string prompt, int count = 1, long seed = 42, int steps = 6) =>
        new("teapot", Clock.GetUtcNow(), null, null, [], Asking.Pictures(prompt, count, seed, steps));

    /// <summary>A worker as the queue sees one: the test itself leases, starts and appends.</summary>
    public static WorkerInfo Worker(string silo, string incarnation = "1") => new($"{silo}/cpu#{incarnation}", silo, "cpu", "rehearsal");

    public static async Task<IReadOnlyList<JobEvent>> LogAsync(IJobGrain job)
    {
        List<JobEvent> events = [];
        while (true)
        {
            var page = await job.ReadEvents(events.Count == 0 ? 0 : events[^1].Seq, 7);
            if (page.Events.Count == 0) return events;
            events.AddRange(page.Events);
        }
    }

    /// <summary>Where each of our grains is active just now.</summary>
    public async Task<IReadOnlyList<(string Type, SiloAddress Silo)>> ActivationsAsync()
    {
        var statistics = await Grains.GetGrain<IManagementGrain>(0)
            .GetDetailedGrainStatistics(null, null, TestContext.Current.CancellationToken);
        return [.. statistics.Where(g => g.GrainType.StartsWith("ViCo.", StringComparison.Ordinal))
            .Select(g => (g.GrainType, g.SiloAddress))];
    }

    public async Task<byte[]> BytesAsync(string blob) =>
        (await Blobs.ReadAsync(blob, TestContext.Current.CancellationToken))?.Content.ToArray()
            ?? throw new InvalidOperationException($"'{blob}' is not there.");

    public async Task<List<string>> NamesAsync(string prefix)
    {
        List<string> names = [];
        await foreach (var blob in Blobs.ListAsync(prefix, TestContext.Current.CancellationToken)) names.Add(blob.Name);
        return names;
    }

    public static async Task<JobView> UntilEndedAsync(IJobGrain job, TimeSpan? within = null)
    {
        using var limit = new CancellationTokenSource(within ?? TimeSpan.FromSeconds(60));
        while (true)
        {
            var view = (await job.Get())!;
            if (view.Ended is not null) return view;
            Assert.False(limit.IsCancellationRequested, $"still {view.State}, attempt {view.Attempt}, step {view.Step} of {view.Steps}");
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _scope.Dispose();
        await _silos.DisposeAsync();
        _folder.Dispose();
    }
}
