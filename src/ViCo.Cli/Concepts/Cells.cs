namespace ViCo.Cli.Concepts;

/// <summary>Several maps of the same cells as one.</summary>
internal static class Cells
{
    /// <summary>Of every cell the mean.</summary>
    public static float[] Mean<T>(IEnumerable<T> maps, Func<T, IReadOnlyList<float>> values)
    {
        var all = maps.Select(values).ToList();
        return [.. Enumerable.Range(0, all[0].Count).Select(cell => all.Average(v => v[cell]))];
    }

    /// <summary>1 where at least half of the masks keep a cell, else 0.</summary>
    public static float[] Majority<T>(IEnumerable<T> maps, Func<T, IReadOnlyList<byte>> masks) =>
        [.. Mean(maps, m => [.. masks(m).Select(b => (float)b)]).Select(share => share >= 0.5f ? 1f : 0f)];
}
