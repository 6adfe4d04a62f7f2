using System.Diagnostics.Metrics;
using ViCo.Engine.Generation;
using ViCo.Engine.Tests.Engine;
using ViCo.Options;

namespace ViCo.Engine.Tests.Generation;

[Collection("tiny")]
public sealed class ReferenceCacheTests(TinyEngine tiny)
{
    private const int Steps = 50;

    /// <summary>A thousandth of Stable Diffusion's tokens at 512 px: 2880 numbers a step, 1 MiB is 1 KiB here.</summary>
    private static readonly (int Layer, long Cells, long Width)[] Layers = [(8, 2, 160), (10, 8, 80), (12, 8, 80), (14, 32, 40)];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ScalarType.Float32, 2048, 3)]                  // both concepts, and the half without a prompt that they share
    [InlineData(ScalarType.BFloat16, 1024, 3)]
    [InlineData(ScalarType.Float32, 1024, 1)]                  // 576 KiB a schedule: one of them, the shared one, and no part of another
    [InlineData(ScalarType.Float32, 512, 0)]
    public void At_Stable_Diffusions_size_second_requests_of_two_concepts_find_every_schedule_that_fits(
        ScalarType dtype, long capacity, int schedules)
    {
        using var scope = NewDisposeScope();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var cache = new ReferenceCache(capacity * 1024);
        var first = (Request(cache, "A", dtype), Request(cache, "B", dtype));
        var second = (Request(cache, "A", dtype), Request(cache, "B", dtype));

        Assert.Equal((2 * Steps, schedules > 0 ? Steps : 2 * Steps), first);
        var missing = schedules == 3 ? 0 : schedules == 1 ? Steps : 2 * Steps;
        Assert.Equal((missing, missing), second);
        Assert.InRange(cache.Bytes, schedules * 2880 * Steps * (dtype == ScalarType.BFloat16 ? 2 : 4), capacity * 1024);
        cache.Clear();
        Assert.Equal((0, before), (cache.Bytes, DisposeScopeManager.Statistics.ThreadTotalLiveCount));
    }

    [Fact]
    public void A_schedule_makes_room_for_itself_from_the_longest_unused_and_from_none_in_use()
    {
        using var scope = NewDisposeScope();
        var cache = new ReferenceCache(2 * 576 * 1024);            // of three schedules
        Assert.Equal(Steps, Way(cache, "a"));
        Assert.Equal(Steps, Way(cache, "b"));
        Assert.Equal(0, Way(cache, "a"));
        Assert.Equal(Steps, Way(cache, "c"));
        Assert.Equal(0, Way(cache, "a"));
        Assert.Equal(0, Way(cache, "c"));
        using (cache.Open("a", Steps))
        using (cache.Open("c", Steps))
            Assert.Equal((Steps, Steps), (Way(cache, "b"), Way(cache, "b")));
        Assert.Equal((0, 0), (Way(cache, "a"), Way(cache, "c")));
    }

    [Fact]
    public void A_way_that_is_broken_off_keeps_nothing_and_another_place_of_S_reads_the_pass_again()
    {
        using var scope = NewDisposeScope();
        var cache = new ReferenceCache(1 << 20);
        Way(cache, "a", steps: 7);
        Assert.Equal(0, cache.Bytes);

        Assert.Equal(Steps, Way(cache, "a", "5"));
        var one = cache.Bytes;
        Assert.Equal(Steps, Way(cache, "a", "6"));
        Assert.Equal((0, 0), (Way(cache, "a", "5"), Way(cache, "a", "6")));
        // Tokens are held once, attention for each place: 50 numbers a step.
        Assert.Equal(one + 4 * 50 * Steps, cache.Bytes);
    }

    [Fact]
    public async Task A_repeated_request_is_served_from_the_cache_and_another_concept_shares_the_half_without_a_prompt()
    {
        await using var engine = await tiny.LoadAnotherAsync();
        var (one, other) = (await tiny.TrainedAsync(), await AnotherAsync());
        var request = new GenerationRequest(one.Stored(), [Teapot.Photos[0]], "a photo of a *", [1])
        {
            Options = OptionValues.None.With(SamplingOption.SamplingSteps, 4).With(SamplingOption.PublishedGuidance, true),
            CacheKey = "concept",
        };
        using var reads = await Listener.OfAsync(engine);

        var cold = await DrawAsync(request);
        Assert.Equal((0, 8), reads.Take());
        Assert.Equal(cold, await DrawAsync(request));
        Assert.Equal((8, 0), reads.Take());
        // The photo's readings serve it beside others too.
        await DrawAsync(request with { References = [Teapot.Photos[0], Teapot.Photos[1]] });
        Assert.Equal((8, 8), reads.Take());

        var shared = await DrawAsync(request with { Checkpoint = other.Stored() });
        Assert.Equal((4, 4), reads.Take());
        await engine.ForgetAsync();
        Assert.Equal(shared, await DrawAsync(request with { Checkpoint = other.Stored() }));
        Assert.Equal((0, 8), reads.Take());

        // A negative prompt of other words, or that names S*, is read anew; so are other timesteps, in both halves.
        foreach (var (unlike, found) in new[]
        {
            (request.With(SamplingOption.NegativePrompt, "a *"), 4), (request.With(SamplingOption.NegativePrompt, "snow"), 4), (request
                .With(SamplingOption.SamplingSteps, 3), 0),
        })
        {
            await DrawAsync(unlike with { Checkpoint = other.Stored() });
            Assert.Equal(found, reads.Take().Hits);
        }
        // Nor does it serve another concept, which the plain one does.
        await DrawAsync(request.With(SamplingOption.NegativePrompt, "a *"));
        Assert.Equal((0, 8), reads.Take());
        await DrawAsync(request.With(SamplingOption.NegativePrompt, "snow"));
        Assert.Equal((8, 0), reads.Take());

        async Task<byte[]> DrawAsync(GenerationRequest asked) => (await engine.GenerateAsync(asked, new Recorder(), Stop))[0].Png.ToArray();
    }

    [Fact]
    public async Task Without_room_pictures_are_the_same_and_nothing_is_held()
    {
        await using var small = await TorchEngine.LoadAsync(tiny.Folder, TinyEngine.Quiet with { ReferenceCacheMiB = 0 });
        var request = new GenerationRequest((await tiny.TrainedAsync()).Stored(), [Teapot.Photos[0]], "a *", [3])
        {
            Options = OptionValues.None.With(SamplingOption.SamplingSteps, 3).With(SamplingOption.PublishedGuidance, true),
            CacheKey = "concept",
        };
        using var reads = await Listener.OfAsync(small);
        var pictures = new List<byte[]>();
        foreach (var engine in new[] { small, small, tiny.Engine })
            pictures.Add((await engine.GenerateAsync(request, new Recorder(), Stop))[0].Png.ToArray());

        Assert.Equal(pictures[2], pictures[0]);
        Assert.Equal(pictures[2], pictures[1]);
        Assert.Equal((0, 12), reads.Take());
    }

    /// <summary>Both halves of a sampling, step by step; how many passes it had to compute.</summary>
    private static int Request(ReferenceCache cache, string concept, ScalarType dtype)
    {
        using var unconditional = cache.Open("photo|negative:", Steps);
        using var conditional = cache.Open($"photo|{concept}", Steps);
        var computed = 0;
        for (var step = 0; step < Steps; step++)
        {
            foreach (var half in new[] { unconditional, conditional })
            {
                half.Read(981 - 20 * step, "5", () =>
                {
                    computed++;
                    return Reading(dtype);
                });
            }
        }
        return computed;
    }

    private static int Way(ReferenceCache cache, string key, string place = "5", int steps = Steps)
    {
        using var schedule = cache.Open(key, Steps);
        var computed = 0;
        for (var step = 0; step < steps; step++)
        {
            schedule.Read(981 - 20 * step, place, () =>
            {
                computed++;
                return Reading(ScalarType.Float32);
            });
        }
        return computed;
    }

    private static ReferenceReading Reading(ScalarType dtype) => new(
        Layers.ToDictionary(l => l.Layer, l => zeros([1, l.Cells, l.Width], dtype).DetachFromDisposeScope()),
        Layers.ToDictionary(l => l.Layer, l => zeros(1, l.Cells).DetachFromDisposeScope()));

    private async Task<byte[]> AnotherAsync()
    {
        var recorder = new Recorder();
        await tiny.Engine.TrainAsync(Teapot.Training(1, OptionValues.None.With(TrainingOption.BatchSize, 1)
            .With(TrainingOption.Seed, 77)), recorder, Stop);
        return recorder.Checkpoints[^1].Bytes;
    }

    /// <summary>Counts an engine's reads by their metric; whatever it measures is said on the engine's own thread.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly MeterListener _listener = new();
        private int _hits, _misses;

        private Listener(int thread)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "vico.reference_cache.reads") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            {
                if (Environment.CurrentManagedThreadId != thread) return;
                if (tags[0].Value is "hit") _hits += (int)count;
                else _misses += (int)count;
            });
            _listener.Start();
        }

        public static async Task<Listener> OfAsync(TorchEngine engine) =>
            new(await engine.RunAsync(() => Environment.CurrentManagedThreadId));

        /// <summary>Since it was asked last.</summary>
        public (int Hits, int Misses) Take()
        {
            var counted = (_hits, _misses);
            (_hits, _misses) = (0, 0);
            return counted;
        }

        public void Dispose() => _listener.Dispose();
    }
}
