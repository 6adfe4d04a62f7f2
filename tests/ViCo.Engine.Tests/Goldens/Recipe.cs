using System.Text;

namespace ViCo.Engine.Tests.Goldens;

/// <summary>Weights and inputs made from their names instead of a file: tests/goldens/README.md, "The recipe (exact)".</summary>
internal static class Recipe
{
    private static readonly string[] Embeddings =
        ["token_embedding.weight", "position_embedding.weight", "class_embedding", "cls_token", "position_embeddings"];

    /// <summary>FNV-1a, 64 bit, of the UTF-8 bytes.</summary>
    public static ulong Hash(string text)
    {
        var hash = 0xcbf29ce484222325;
        foreach (var b in Encoding.UTF8.GetBytes(text))
            hash = unchecked((hash ^ b) * 0x100000001b3);
        return hash;
    }

    /// <summary>The finalised 64-bit state of element <paramref name="index"/> (splitmix64).</summary>
    public static ulong State(ulong hash, long index)
    {
        unchecked
        {
            var z = hash + ((ulong)(index + 1) * 0x9E3779B97F4A7C15);
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>In [-1, 1), exact in float32.</summary>
    public static double Unit(ulong state) => (2.0 * ((state >> 40) / 16777216.0)) - 1.0;

    /// <summary>A parameter's values by the rules for its name and shape, float32 on the CPU.</summary>
    /// <param name="key">The diffusers (or ViCo checkpoint) name, without any prefix.</param>
    public static Tensor Parameter(string key, long[] shape, long seed)
    {
        var name = key.EndsWith(".lora_B.weight", StringComparison.Ordinal) ? $"param/{key}" : key;
        var (offset, scale) = ParameterRule(key, shape);
        return Fill(name, shape, seed, offset, scale);
    }

    /// <summary>Rows of an embedding table that is too big to make whole: [rows.Length, width].</summary>
    public static float[] ParameterRow(string key, long[] shape, long seed, long row)
    {
        var (offset, scale) = ParameterRule(key, shape);
        var hash = Hash($"{seed}/{key}");
        var width = shape[1];
        var values = new float[width];
        for (var i = 0; i < width; i++)
            values[i] = (float)(offset + (Unit(State(hash, (row * width) + i)) * scale));
        return values;
    }

    /// <summary>An input's values, scale × v, float32 on the CPU.</summary>
    public static Tensor Input(string key, long[] shape, long seed, double scale) => Fill(key, shape, seed, 0, scale);

    internal static (double Offset, double Scale) ParameterRule(string key, long[] shape)
    {
        if (key.EndsWith(".lora_B.weight", StringComparison.Ordinal))
            return (0, 0.2);
        if (Array.Exists(Embeddings, e => key.EndsWith(e, StringComparison.Ordinal)))
            return (0, 0.5);
        if (key.EndsWith(".bias", StringComparison.Ordinal))
            return (0, 0.1);
        if (shape.Length == 1)
            return (1, 0.1);
        var fanIn = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
        var gain = key.EndsWith("to_q.weight", StringComparison.Ordinal)
            || key.StartsWith("time_embedding.linear_", StringComparison.Ordinal) ? 2.0 : 1.0;
        return (0, gain * Math.Sqrt(3.0 / fanIn));
    }

    private static Tensor Fill(string key, long[] shape, long seed, double offset, double scale)
    {
        var hash = Hash($"{seed}/{key}");
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(offset + (Unit(State(hash, i)) * scale));       // double, rounded once
        return tensor(values).reshape(shape);
    }
}
