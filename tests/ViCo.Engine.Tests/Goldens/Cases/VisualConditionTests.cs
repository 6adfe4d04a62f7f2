using System.Globalization;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Options;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("vico_unet_tiny")]
public sealed class VisualConditionTests
{
    private static readonly OptionValues Switches = OptionValues.None;

    public static TheoryData<string> Cases() => GoldenCase.In("vico_unet_tiny");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_U_Net_with_image_blocks_gives_the_stored_noise_maps_masks_and_tokens(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var unet = GoldenNetworks.UNet(golden);
        using var blocks = GoldenNetworks.ImageBlocks(unet, golden);
        if (golden.Config.TryGetProperty("cases", out _)) CheckCorners(golden, unet, blocks);
        else CheckBatch(golden, unet, blocks);
    }

    private static void CheckBatch(GoldenCase golden, UNet2DConditionModel unet, ImageCrossAttention blocks)
    {
        var (x, reference, t) = (golden.Input("x"), golden.Input("x_ref"), golden.Input("t"));
        var text = new AttentionContext(golden.Input("context"));
        using var positions = GoldenNetworks.Positions(golden, Enumerable.Range(0, (int)x.shape[0]), text.Tokens.shape[1]);
        using var stages = new UNetTests.Stages(unet);

        // The goldens ran each sample alone: one batch must give the same.
        using var features = ReferenceFeatures.Compute(unet, reference, t, text, blocks.Layers);
        var masks = ObjectMask.Masks(features, positions.Placeholder, Switches.Get(VisualConditionOption.OtsuBins));
        golden.Check("reg", ObjectMask.Regularization(features, positions, Switches));
        foreach (var layer in blocks.Layers)
        {
            golden.Check($"a_ph.{Id(layer)}", TokenPositions.Columns(features.Map(layer), positions.Placeholder));
            golden.Check($"mask.{Id(layer)}", masks[layer]);
            if (golden.HasOutput($"ref_tokens.{Id(layer)}")) golden.Check($"ref_tokens.{Id(layer)}", features.Tokens(layer));
        }

        var watch = new Watch(new ImageAttention().Add(blocks, new(Rows.All, ObjectMask.Contexts(features, masks, Switches))));
        golden.Check("eps", unet.call(x, t, text, new(watch)));
        foreach (var (block, before, after) in watch.Seen)
        {
            if (golden.HasOutput($"image_block_in.{Id(block)}")) golden.Check($"image_block_in.{Id(block)}", before);
            if (golden.HasOutput($"image_block_out.{Id(block)}")) golden.Check($"image_block_out.{Id(block)}", after);
        }
        CheckStages(".out");

        // The reference path is the plain network on the clean reference.
        _ = unet.call(reference, t, text, null);
        CheckStages(".ref");
        golden.Check("eps_no_image", unet.call(x, t, text, null));

        void CheckStages(string suffix)
        {
            foreach (var output in golden.OutputNames.Where(o => o.StartsWith("block.", StringComparison.Ordinal)
                && o.EndsWith(suffix, StringComparison.Ordinal)))
                golden.Check(output, stages[output[..^suffix.Length] + ".out"].narrow(0, 0, golden.Expected(output).shape[0]));
        }
    }

    private static void CheckCorners(GoldenCase golden, UNet2DConditionModel unet, ImageCrossAttention blocks)
    {
        foreach (var corner in golden.Config.GetProperty("cases").EnumerateArray())
        {
            using var scope = NewDisposeScope();
            var name = corner.GetProperty("name").GetString()!;
            var sample = GoldenNetworks.Int(corner, "sample");
            var context = golden.Input("context").narrow(0, sample, 1);
            if (corner.TryGetProperty("context", out var kind) && kind.GetString() == "zeros") context = zeros_like(context);
            if (name == "cfg_pair") context = cat([golden.Input("context_uncond"), context]);
            var samples = context.shape[0];
            var text = new AttentionContext(context);
            var t = golden.Input("t").narrow(0, sample, 1).expand(samples);
            var x = golden.Input("x").narrow(0, sample, 1).expand(samples, -1, -1, -1);
            using var positions = TokenPositions.At(
                [.. Enumerable.Repeat((new[] { GoldenNetworks.Int(corner, "placeholder") }, GoldenNetworks.Int(corner, "eot")),
                    (int)samples)],
                (int)context.shape[1], CPU);

            using var features = ReferenceFeatures.Compute(
                unet, golden.Input("x_ref").narrow(0, sample, 1).expand(samples, -1, -1, -1), t, text, blocks.Layers);
            var masks = ObjectMask.Masks(features, positions.Placeholder, Switches.Get(VisualConditionOption.OtsuBins));
            golden.Check($"{name}.eps", unet.call(
                x, t, text, new(new ImageAttention().Add(blocks, new(Rows.All, ObjectMask.Contexts(features, masks, Switches))))));
            if (golden.HasOutput($"{name}.reg")) golden.Check($"{name}.reg", ObjectMask.Regularization(features, positions, Switches));
            foreach (var layer in blocks.Layers)
            {
                golden.Check($"{name}.mask.{Id(layer)}", masks[layer]);
                if (golden.HasOutput($"{name}.a_ph.{Id(layer)}"))
                    golden.Check($"{name}.a_ph.{Id(layer)}", TokenPositions.Columns(features.Map(layer), positions.Placeholder));
            }
        }
    }

    private static string Id(int layer) => layer.ToString("00", CultureInfo.InvariantCulture);

    private sealed class Watch(IBlockVisitor inner) : IBlockVisitor
    {
        public List<(int Block, Tensor Before, Tensor After)> Seen { get; } = [];

        public Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap)
        {
            var after = inner.AfterTextBlock(block, tokens, textMap);
            Seen.Add((block, tokens.clone().DetachFromDisposeScope(), after.clone().DetachFromDisposeScope()));
            return after;
        }
    }
}
