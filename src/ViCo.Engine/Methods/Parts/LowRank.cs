using System.Text.Json;
using System.Text.Json.Nodes;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Methods.Parts;

/// <summary>Low-rank pairs beside frozen layers, y = W x + b + s · B (A x). Hu et al. 2021, LoRA (arXiv:2106.09685), §4.1.</summary>
/// <remarks>A [rank, in], B [out, rank]; tensors are named as diffusers names them, so that our files are its files too.</remarks>
internal sealed class LowRank : IPart
{
    private static readonly string[] UsualOfUNet = ["to_q", "to_k", "to_v", "to_out.0"];
    private static readonly string[] UsualOfText = ["q_proj", "k_proj", "v_proj", "out_proj"];

    private readonly IReadOnlyList<Pair> _pairs;
    private readonly long _rank;
    private readonly double _scale;

    /// <param name="scale">s, in other words alpha / rank.</param>
    public LowRank(BaseModel model, IReadOnlyList<NetworkLayer> layers, long rank, double scale, double learningRate)
    {
        (_rank, _scale, LearningRate) = (rank, scale, learningRate);
        _pairs = [.. layers.Select(layer => new Pair(layer, rank, scale, model.Device))];
        Tensors = TensorsOf(_pairs);
    }

    private LowRank(LowRank whole, double weight)
    {
        (_rank, _scale, LearningRate) = (whole._rank, whole._scale * weight, whole.LearningRate);
        _pairs = [.. whole._pairs.Select(pair => new Pair(pair, weight))];
        Tensors = TensorsOf(_pairs);
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Tensors { get; }

    public double LearningRate { get; }

    public bool LearnsEveryStep => true;

    public bool TouchesOtherTexts => true;

    /// <summary>What diffusers and PEFT read the scale from.</summary>
    public IReadOnlyDictionary<string, string> HeaderEntries => new Dictionary<string, string>
    {
        [Metadata] = MetadataOf(_pairs.Select(p => p.Place), _rank, _scale * _rank),
    };

    /// <summary>Name of the header entry that holds what PEFT knows of a file's pairs.</summary>
    public const string Metadata = "lora_adapter_metadata";

    /// <summary>As a training's options say.</summary>
    /// <exception cref="ArgumentException">A target names no layer.</exception>
    public static LowRank Of(BaseModel model, OptionValues options)
    {
        var rank = options.Get(LowRankOption.Rank);
        return new(model, Targets(model, options), rank, (options.Get(LowRankOption.Alpha) ?? rank) / rank,
            options.Get(LowRankOption.LoraLearningRate));
    }

    /// <summary>The same pairs, counting <paramref name="weight"/> times as much. They stay this part's: the other need not be disposed.
    /// </summary>
    public LowRank At(double weight) => weight == 1 ? this : new(this, weight);

    /// <summary>What the pairs add to each layer's weight once it is asked for: s · B A, of the weight's shape, in the then current scope.
    /// </summary>
    public IEnumerable<(NetworkLayer Layer, Func<Tensor> Added)> Products() =>
        _pairs.Select(pair => (pair.Place, (Func<Tensor>)pair.Product));

    /// <summary>The layers with a pair.</summary>
    /// <exception cref="ArgumentException">A target names no layer.</exception>
    public static IReadOnlyList<NetworkLayer> Targets(BaseModel model, OptionValues options)
    {
        var (named, text) = (options.Get(LowRankOption.LoraTargets), options.Get(LowRankOption.LoraText));
        var layers = NetworkLayer.Of(model).Where(l => text || l.Network == NetworkLayer.OfUNet).ToList();
        if (named.FirstOrDefault(target => !layers.Any(l => l.EndsIn(target))) is { } missing)
            throw new ArgumentException(
                $"{LowRankOption.LoraTargets.Name}: no layer of '{model.Defaults.Name}' ends in '{missing}'; wanted such as to_q, "
                + $"to_out.0, ff.net.2, proj_in{(text ? ", q_proj, mlp.fc1" : "")}.");
        return [.. layers.Where(l => (named.Count > 0 ? named : Usual(l.Network)).Any(l.EndsIn))];
    }

    /// <summary>Ends of the names of the layers that have a pair where nothing else is said.</summary>
    public static IReadOnlyList<string> Usual(string network) => network == NetworkLayer.OfText ? UsualOfText : UsualOfUNet;

    /// <summary>Name of a tensor in our files and diffusers'.</summary>
    /// <param name="which"><c>down</c>, A, or <c>up</c>, B.</param>
    public static string KeyOf(string network, string path, string which) =>
        $"{network}.{path}.{(network == NetworkLayer.OfText ? "lora_linear_layer" : "lora")}.{which}.weight";

    /// <summary>What PEFT knows of pairs, as JSON.</summary>
    public static string MetadataOf(IEnumerable<NetworkLayer> layers, long rank, double alpha) =>
        MetadataOf(layers.Select(l => (l.Network, l.Path)), rank, alpha);

    /// <inheritdoc cref="MetadataOf(IEnumerable{NetworkLayer}, long, double)"/>
    public static string MetadataOf(IEnumerable<(string Network, string Path)> layers, long rank, double alpha)
    {
        var json = new JsonObject();
        foreach (var network in layers.GroupBy(l => l.Network))
        {
            json[$"{network.Key}.lora_alpha"] = alpha;
            json[$"{network.Key}.r"] = rank;
            json[$"{network.Key}.target_modules"] = new JsonArray(
                [.. network.Select(l => End(l.Path)).Distinct().Order(StringComparer.Ordinal).Select(end => JsonValue.Create(end))]);
        }
        return json.ToJsonString(JsonSerializerOptions.Default);
    }

    /// <summary>The last segment of a path; with the one before it where it is a number.</summary>
    public static string End(string path)
    {
        var segments = path.Split('.');
        return segments.Length > 1 && int.TryParse(segments[^1], out _) ? $"{segments[^2]}.{segments[^1]}" : segments[^1];
    }

    /// <summary>A as diffusers' scripts begin, of deviation 1 / rank; B zero, so that the first step begins as the base model.</summary>
    public void Create(Generator random)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var pair in _pairs)
        {
            pair.Down.copy_(NewTensor.Normal(pair.Down.shape, random, pair.Down.device).Over(_rank));
            pair.Up.zero_();
        }
    }

    public void Join(Adaptation pass, Share share)
    {
        foreach (var pair in _pairs) pass.Join(pair.Place.Layer, share, pair);
    }

    public void Dispose()
    {
        foreach (var pair in _pairs) pair.Dispose();
    }

    private static IReadOnlyList<(string Name, Parameter Parameter)> TensorsOf(IEnumerable<Pair> pairs) =>
        [.. pairs.SelectMany(p => new[] { (KeyOf(p.Place, "down"), p.Down), (KeyOf(p.Place, "up"), p.Up) })];

    private static string KeyOf(NetworkLayer layer, string which) => KeyOf(layer.Network, layer.Path, which);

    /// <summary>One layer's.</summary>
    private sealed class Pair : ILayerGuest, IDisposable
    {
        private readonly double _scale;

        public Pair(NetworkLayer place, long rank, double scale, Device device)
        {
            (Place, _scale) = (place, scale);
            var shape = place.Weight.shape;
            Down = NewTensor.Learned([rank, .. shape[1..]], device);
            Up = NewTensor.Learned([shape[0], rank, .. shape[2..]], device);
        }

        public Pair(Pair other, double weight) => (Place, _scale, Down, Up) = (other.Place, other._scale * weight, other.Down, other.Up);

        public NetworkLayer Place { get; }

        public Parameter Down { get; }

        public Parameter Up { get; }

        /// <summary>In the pair's own number type, which holds more than a frozen network of half precision does.</summary>
        public Tensor After(Tensor input, Tensor output)
        {
            using var scope = NewDisposeScope();
            // A map's cells are tokens here: a convolution of 1 × 1 is a linear layer over channels.
            var tokens = (Place.TakesMaps ? input.flatten(2).transpose(1, 2) : input).As(Down.dtype);
            var added = F.linear(F.linear(tokens, Down.flatten(1)), Up.flatten(1));
            if (_scale != 1) added = added.Times(_scale);
            if (Place.TakesMaps) added = added.transpose(1, 2).reshape(output.shape);
            return output.Plus(added.As(output.dtype)).MoveToOuterDisposeScope();
        }

        public Tensor Product()
        {
            using var scope = NewDisposeScope();
            return F.linear(Up.flatten(1), Down.flatten(1).t()).Times(_scale).reshape(Place.Weight.shape).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            Down.Dispose();
            Up.Dispose();
        }
    }
}
