using ViCo.Benchmarks;
using ViCo.Benchmarks.PlainPath;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Tests.Engine;
using ViCo.Engine.Tests.Methods;

namespace ViCo.Engine.Tests.Benchmarks;

/// <summary>What benchmarks compare must compute the same, else a ratio of times means nothing.</summary>
/// <remarks>They switch fused attention off for the whole process, which shows in others' numbers: nothing runs beside them.</remarks>
[Collection("whole process")]
public sealed class PlainPathTests(TinyEngine tiny)
{
    [Fact]
    public void A_training_step_has_the_same_loss_and_gradients_on_every_path()
    {
        using var world = World(batch: 2);
        var comparison = TrainingBenchmark.Run(world, rounds: 1, TrainingBenchmark.Single, null, TestContext.Current.CancellationToken);

        Assert.Equal(
            ["train_speedup_cached_moments", "train_speedup_shared_reference", "train_speedup_one_text_pass", "train_speedup_batched_otsu",
                "train_speedup_fused_attention", "train_speedup"],
            comparison.Ratios.Keys);
        Assert.All(comparison.Deviations, d => Assert.True(d.Value < 2e-5, $"{d.Key}: {d.Value:g3}"));
        Assert.True(comparison.Agrees);
    }

    [Fact]
    public void Another_batch_would_show_as_a_deviation()
    {
        using var scope = NewDisposeScope();
        using var world = World(batch: 2);
        using var dataset = new ViCo.Engine.Datasets.ConceptDataset(world.Model, [world.Photos], world.Options);
        var plain = new PlainVisualCondition(world.Model, world.Concept, Changes.CachedMoments);
        var (first, second) = (plain.Loss(dataset.Batch(1)).Total().item<float>(), plain.Loss(dataset.Batch(2)).Total().item<float>());
        Assert.True(Math.Abs(first - second) / first > 10 * TrainingBenchmark.Tolerance, $"losses {first} and {second}");
    }

    [Fact]
    public void A_sampling_gives_the_same_latents_on_every_path()
    {
        using var world = World(batch: 1);
        var comparison = SamplingBenchmark.Run(world, new(Rounds: 1, Pictures: 3, Steps: 4), SamplingBenchmark.Single, null,
            TestContext.Current.CancellationToken);

        Assert.Equal(
            ["sample_speedup_shared_reference", "sample_speedup_batched_otsu", "sample_speedup_fused_attention", "sample_speedup",
                "sample_speedup_uncond_cached", "sample_speedup_prompt_cached"],
            comparison.Ratios.Keys);
        Assert.All(comparison.Deviations, d => Assert.True(d.Value < 2e-5, $"{d.Key}: {d.Value:g3}"));
    }

    [Fact]
    public void Approximations_have_paths_of_their_own_and_may_deviate()
    {
        const Approximations both = Approximations.BFloat16 | Approximations.TokenMerging;
        string[] names = ["all, bf16", "all, tokens merged 0.5"];
        using var world = World(batch: 2, both);

        var training = TrainingBenchmark.Run(world, rounds: 1, [], null, TestContext.Current.CancellationToken);
        var sampling = SamplingBenchmark.Run(world, new(Rounds: 1, Pictures: 1, Steps: 2), [], null, TestContext.Current.CancellationToken);

        Assert.Equal(["train_speedup", "train_speedup_bf16", "train_speedup_tokens_merged_0.5"], training.Ratios.Keys);
        Assert.Equal(
            ["sample_speedup", "sample_speedup_uncond_cached", "sample_speedup_prompt_cached", "sample_speedup_bf16",
                "sample_speedup_tokens_merged_0.5"], sampling.Ratios.Keys);
        foreach (var comparison in new[] { training, sampling })
        {
            Assert.All(names, name => Assert.InRange(comparison.Deviations[name], comparison.Tolerance, 1));
            Assert.True(comparison.Agrees);
            Assert.False((comparison with { Approximate = new HashSet<string>() }).Agrees);
        }
    }

    [Fact]
    public void Benchmarks_leave_no_tensor_behind()
    {
        Round();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Round();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Round()
        {
            using var scope = NewDisposeScope();
            using var world = World(batch: 1, Approximations.BFloat16 | Approximations.TokenMerging);
            TrainingBenchmark.Run(world, 1, TrainingBenchmark.Single, null, TestContext.Current.CancellationToken);
            SamplingBenchmark.Run(world, new(Rounds: 1, Pictures: 2, Steps: 2), SamplingBenchmark.Single, null,
                TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void The_whole_pass_goes_through_every_block_and_finds_what_the_short_one_finds()
    {
        using var scope = NewDisposeScope();
        using var net = new TinyNetwork();
        var (latents, timesteps) = (net.Random(1, 4, 16, 16), tensor(new[] { 300L }));
        var text = new AttentionContext(net.Random(1, TinyNetwork.Tokens, TinyNetwork.TextWidth));
        using var cut = ReferenceFeatures.Compute(net.UNet, latents, timesteps, text, net.Blocks.Layers);
        using var whole = WholePass.Compute(net.UNet, latents, timesteps, text, net.Blocks.Layers);
        var last = net.Blocks.Layers.Max();
        Assert.True(last < net.UNet.Blocks.Count - 1);
        Assert.Equal(cut.Tokens(last).data<float>().ToArray(), whole.Tokens(last).data<float>().ToArray());
        Assert.Equal(net.UNet.Blocks.Count, Visited(visitor => net.UNet.call(latents, timesteps, text, new(visitor))));
        Assert.Equal(last + 1,
            Visited(visitor => ReferenceFeatures.Record(net.Blocks.Layers, recorder =>
            net.UNet.Visit(latents, timesteps, text, new(visitor, recorder))).Dispose()));

        static int Visited(Action<Counter> pass)
        {
            var counter = new Counter();
            pass(counter);
            return counter.Blocks;
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(64)]
    public void Otsu_by_loop_and_in_one_go_part_alike(int bins)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var maps = rand([30, 64], dtype: ScalarType.Float32, generator: generator).pow(tensor(3f));
        maps[3] = ones(64);                                      // a constant map is kept whole
        Assert.Equal(Otsu.Mask(maps, bins).data<bool>().ToArray(), LoopOtsu.Mask(maps, bins).data<bool>().ToArray());
    }

    [Fact]
    public void Attention_is_fused_again_afterwards()
    {
        Assert.True(backends.cuda.flash_sdp_enabled());
        using (new UnfusedAttention()) Assert.False(backends.cuda.flash_sdp_enabled());
        Assert.True(backends.cuda.flash_sdp_enabled());
    }

    private sealed class Counter : IBlockVisitor
    {
        public int Blocks { get; private set; }

        public Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap)
        {
            Blocks++;
            return tokens;
        }
    }

    private BenchmarkWorld World(int batch, Approximations also = Approximations.None) =>
        BenchmarkWorld.Load(tiny.Folder, new(tiny.Folder, Teapot.Photos, Threads: 1, Also: also), batch);
}

[CollectionDefinition("whole process", DisableParallelization = true)]
public sealed class WholeProcessGroup : ICollectionFixture<TinyEngine>;
