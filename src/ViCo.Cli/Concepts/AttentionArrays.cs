using System.Globalization;
using ViCo.Engine.Generation;

namespace ViCo.Cli.Concepts;

/// <summary>
/// The numbers behind the strips and sheets, as bytes of a <c>.npz</c>: per layer <c>layer14</c> and, where
/// something is masked, <c>layer14_mask</c>.
/// </summary>
internal static class AttentionArrays
{
    /// <summary>Of one reference or picture: maps and masks [steps, h, w], with <c>step</c> and <c>timestep</c> [steps].</summary>
    public static byte[] OfSteps(IEnumerable<AttentionFrame> frames)
    {
        var layers = frames.GroupBy(f => f.Layer).OrderBy(l => l.Key).Select(l => l.OrderBy(f => f.Step).ToList()).ToList();
        int[] steps = [layers[0].Count];
        return NumpyArchive.ToNpz(
        [
            NumpyArray.Of<int>("step", steps, [.. layers[0].Select(f => f.Step)]),
            NumpyArray.Of<double>("timestep", steps, [.. layers[0].Select(f => f.Timestep)]),
            .. layers.SelectMany(l =>
                OfLayer(l[0].Layer, [.. steps, l[0].Height, l[0].Width], l.Select(f => f.Map), l.Select(f => f.Mask))),
        ]);
    }

    /// <summary>
    /// Of photos, or of one photo after several checkpoints: maps and masks [rows, timesteps, h, w], with <c>timestep</c> [timesteps].
    /// </summary>
    /// <param name="rows">Each with the same layers and timesteps.</param>
    /// <param name="more">What else belongs to them.</param>
    public static byte[] OfRows(IReadOnlyList<IEnumerable<AttentionMap>> rows, params IEnumerable<NumpyArray> more)
    {
        var layers = rows.SelectMany(row => row.OrderBy(m => m.Timestep)).GroupBy(m => m.Layer).OrderBy(l => l.Key).Select(l => l.ToList())
            .ToList();
        int[] timesteps = [.. rows[0].Select(m => m.Timestep).Distinct().Order()];
        return NumpyArchive.ToNpz(
        [
            .. more,
            NumpyArray.Of<int>("timestep", [timesteps.Length], timesteps),
            .. layers.SelectMany(l =>
                OfLayer(l[0].Layer, [rows.Count, timesteps.Length, l[0].Height, l[0].Width], l.Select(m => m.Map), l.Select(m => m.Mask))),
        ]);
    }

    private static IEnumerable<NumpyArray> OfLayer(int layer, int[] shape, IEnumerable<IReadOnlyList<float>> maps,
        IEnumerable<IReadOnlyList<byte>?> masks)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"layer{layer}");
        yield return NumpyArray.Of<float>(name, shape, [.. maps.SelectMany(m => m)]);
        bool[] kept = [.. masks.SelectMany(m => m ?? []).Select(b => b != 0)];
        if (kept.Length > 0) yield return NumpyArray.Of(string.Create(CultureInfo.InvariantCulture, $"{name}_mask"), shape, kept);
    }
}
