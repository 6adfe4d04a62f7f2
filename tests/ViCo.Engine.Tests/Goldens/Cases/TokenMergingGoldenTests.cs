using System.Globalization;
using System.Text.Json;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("tome_tiny")]
public sealed class TokenMergingGoldenTests
{
    public static TheoryData<string> Matchings() => GoldenCase.In("tome_tiny", name => !IsNetwork(name));

    public static TheoryData<string> Networks() => GoldenCase.In("tome_tiny", IsNetwork);

    [Theory]
    [MemberData(nameof(Matchings))]
    public void Destinations_matches_merged_and_unmerged_tokens_are_the_stored_ones(string name)
    {
        using var golden = GoldenCase.Open(name);
        foreach (var c in golden.Config.GetProperty("cases").EnumerateArray())
        {
            using var scope = NewDisposeScope();
            var id = c.GetProperty("name").GetString()!;
            var metric = golden.Input($"{id}.metric");
            var to = Destinations(golden, c, id);
            var from = Enumerable.Range(0, (int)metric.shape[1]).Select(i => (long)i).Except(to).ToArray();
            var match = TokenMatch.Of(metric, [to], c.GetProperty("ratio").GetDouble());
            var stay = from.Length - GoldenNetworks.Int(c, "r");
            var samples = Enumerable.Range(0, (int)metric.shape[0]).Select(b => new Sample(match, b, from, to, stay)).ToArray();
            // With every source merged, rows are nearest destinations and nothing else.
            var all = TokenMatch.Of(metric, [to], 1);
            var nearest = Enumerable.Range(0, samples.Length).Select(b => new Sample(all, b, from, to, stay: 0)).ToArray();

            golden.Check($"{id}.dst_tokens", tensor(to));
            golden.Check($"{id}.src_tokens", tensor(from));
            golden.Check($"{id}.node_max", match.Similarity);
            golden.Check($"{id}.best_dst", Stack(nearest, s => [.. from.Select(s.Destination)]));
            golden.Check($"{id}.merged_src", Stack(samples, s => s.Merged));
            golden.Check($"{id}.merged_dst", Stack(samples, s => [.. s.Merged.Select(s.Destination)]));
            golden.Check($"{id}.unmerged_src", Stack(samples, s => s.Unmerged));
            var merged = match.Merge(golden.Input($"{id}.values"));
            golden.Check($"{id}.merged", merged);
            golden.Check($"{id}.unmerged", match.Unmerge(merged));
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_U_Net_that_merges_gives_the_stored_noise_stages_and_merged_tokens(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var unet = GoldenNetworks.UNet(golden);
        using var stages = new UNetTests.Stages(unet);
        var tome = golden.Config.GetProperty("tome");
        var merging = new TokenMerging(tome.GetProperty("ratio").GetDouble())
        {
            MaxDownsample = GoldenNetworks.Int(tome, "max_downsample"),
            Parts = Part("merge_attn", MergedParts.SelfAttention) | Part("merge_crossattn", MergedParts.TextAttention) | Part("merge_mlp",
                MergedParts.FeedForward),
            Draw = (_, _) => () => 0,
        };
        var x = golden.Input("x");
        var watch = new Watch(merging.In(x, 0));

        golden.Check("eps", unet.call(x, golden.Input("t"), new(golden.Input("context")), new(watch)));
        Assert.Equal(GoldenNetworks.Ints(golden.Config, "merging_block_ids"), watch.Seen.Keys);
        foreach (var output in golden.OutputNames.Where(o => o.EndsWith(".out", StringComparison.Ordinal))) golden.Check(output,
            stages[output]);
        foreach (var (block, (rows, to, stay)) in watch.Seen)
        {
            var from = Enumerable.Range(0, rows[0].Length).Select(i => (long)i).Except(to).ToArray();
            var id = block.ToString("00", CultureInfo.InvariantCulture);
            golden.Check($"block.{id}.merged_src", stack([.. rows.Select(row => tensor(Merged(row)))]));
            golden.Check($"block.{id}.merged_dst", stack([.. rows.Select(row => tensor([.. Merged(row).Select(s => to[row[s] - stay])]))]));

            long[] Merged(long[] row) => [.. from.Where(s => row[s] >= stay)];
        }

        MergedParts Part(string option, MergedParts part) => tome.GetProperty(option).GetBoolean() ? part : 0;
    }

    private static bool IsNetwork(string name) => name.Contains("/unet", StringComparison.Ordinal);

    private static long[] Destinations(GoldenCase golden, JsonElement c, string id)
    {
        var choice = c.GetProperty("destination_given").GetBoolean() ? golden.Input($"{id}.dest_choice").flatten().data<long>().ToArray()
            : null;
        var window = 0;
        return TokenMerging.Destinations(
            GoldenNetworks.Int(c, "h"), GoldenNetworks.Int(c, "w"), GoldenNetworks.Int(c, "sy"), GoldenNetworks.Int(c, "sx"),
            () => choice is null ? 0 : (int)choice[window++]);
    }

    private static Tensor Stack(Sample[] samples, Func<Sample, long[]> tokens) => stack([.. samples.Select(s => tensor(tokens(s)))]);

    /// <summary>One sample's match in token numbers.</summary>
    private sealed class Sample(TokenMatch match, int sample, long[] from, long[] to, int stay)
    {
        private readonly long[] _rows = match.Rows[sample].data<long>().ToArray();
        private readonly float[] _similarity = match.Similarity[sample].data<float>().ToArray();

        public long[] Merged =>
            [.. Enumerable.Range(0, from.Length).Where(i => _rows[from[i]] >= stay).OrderByDescending(i => _similarity[i])
            .Select(i => from[i])];

        public long[] Unmerged => [.. from.Where(s => _rows[s] < stay).OrderBy(s => _rows[s])];

        public long Destination(long source) => to[_rows[source] - stay];
    }

    /// <summary>Keeps what each block merged: the rows of every sample, the destinations and how many sources stay.</summary>
    private sealed class Watch(IBlockVisitor inner) : IBlockVisitor
    {
        public SortedDictionary<int, (long[][] Rows, long[] Destinations, long Stay)> Seen { get; } = [];

        public BlockMerge? Merge(int block, Tensor tokens, long height, long width)
        {
            var merge = inner.Merge(block, tokens, height, width);
            if (merge is null) return null;
            var to = TokenMerging.Destinations(height, width, 2, 2, () => 0);
            var rows = merge.Match.Rows;
            Seen.Add(block, (
                [.. Enumerable.Range(0, (int)rows.shape[0]).Select(b => rows[b].data<long>().ToArray())], to,
                rows.max().item<long>() + 1 - to.Length));
            return merge;
        }
    }
}
