using System.Text.Json;
using System.Text.RegularExpressions;
using ViCo.Engine.Checkpoints;

namespace ViCo.Engine.Tests.Goldens;

/// <summary>One case of a golden folder: <c>NAME.json</c> (configuration, seed, recipes, tolerances) and <c>NAME.safetensors</c>.</summary>
/// <remarks>
/// Nothing about a case is known to the runner but its format, so another set of cases runs with <c>VICO_GOLDENS=DIR</c>.
/// </remarks>
internal sealed partial class GoldenCase : IDisposable
{
    private readonly SafetensorsFile _tensors;
    private readonly JsonElement _inputs;
    private readonly JsonElement _outputs;

    private GoldenCase(string name, JsonElement json, SafetensorsFile tensors)
    {
        Name = name;
        Json = json;
        _tensors = tensors;
        Seed = json.TryGetProperty("seed", out var seed) ? seed.GetInt64() : 1;
        Config = json.TryGetProperty("config", out var config) ? config : default;
        _inputs = json.TryGetProperty("inputs", out var inputs) ? inputs : default;
        _outputs = json.GetProperty("outputs");
    }

    /// <summary><c>tests/goldens</c> of this clone.</summary>
    public static string Own { get; } = Repository.PathOf("tests", "goldens");

    /// <summary>Environment <c>VICO_GOLDENS</c>, or <see cref="Own"/>.</summary>
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("VICO_GOLDENS") is { Length: > 0 } folder ? Path.GetFullPath(folder) : Own;

    /// <summary>The cases of a folder as theory data: names such as <c>otsu/otsu</c>. One skipped row when this set has none.</summary>
    /// <param name="where">Which of them; null: all.</param>
    public static TheoryData<string> In(string folder, Func<string, bool>? where = null)
    {
        var names = Names(folder).Where(where ?? (_ => true)).ToList();
        // A theory without rows would fail.
        return names.Count > 0 ? [.. names] : [new TheoryDataRow<string>(folder) { Skip = $"{Root} has no cases of '{folder}'." }];
    }

    /// <summary>The cases of a folder: pairs of a JSON and a safetensors file.</summary>
    public static IReadOnlyList<string> Names(string folder)
    {
        var path = Path.Combine(Root, folder);
        return Directory.Exists(path)
            ?
            [
                .. Directory.EnumerateFiles(path, "*.json")
                    .Where(json => File.Exists(Path.ChangeExtension(json, ".safetensors")))
                    .Select(json => $"{folder}/{Path.GetFileNameWithoutExtension(json)}")
                    .Order(StringComparer.Ordinal),
            ]
            : [];
    }

    /// <summary>Opens a case; skips the test where another set than ours leaves it out.</summary>
    /// <param name="name">Such as <c>otsu/otsu</c>.</param>
    public static GoldenCase Open(string name)
    {
        return new(name, ReadJson($"{name}.json"), SafetensorsFile.Open(Path.Combine(Root, $"{name}.safetensors")));
    }

    /// <summary>A file of the goldens; skips the test where another set than ours leaves it out.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts)
    {
        var path = Path.Combine([Root, .. parts]);
        if (Root != Own && !File.Exists(path))
            Assert.Skip($"'{path}' is not there.");
        return path;
    }

    /// <summary>A JSON file of the goldens, such as <c>schedule/schedule.json</c>. Python's bare infinities become strings.</summary>
    public static JsonElement ReadJson(string path)
    {
        if (Root != Own && !File.Exists(Path.Combine(Root, path)))
            Assert.Skip($"'{path}' is not in {Root}.");
        var text = BareConstant.Replace(File.ReadAllText(Path.Combine(Root, path)), "$1\"$2\"");
        using var json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }

    [GeneratedRegex(@"([:\[,]\s*)(-?Infinity|NaN)(?=\s*[,\]}])")]
    private static partial Regex BareConstant { get; }

    public string Name { get; }

    /// <summary>The whole JSON file.</summary>
    public JsonElement Json { get; }

    /// <summary>The seed of every recipe of this case.</summary>
    public long Seed { get; }

    /// <summary>The case's <c>config</c>; undefined when there is none.</summary>
    public JsonElement Config { get; }

    public IEnumerable<string> InputNames => _inputs.ValueKind == JsonValueKind.Object ? _inputs.EnumerateObject().Select(p => p.Name) : [];

    public IEnumerable<string> OutputNames => _outputs.EnumerateObject().Select(p => p.Name);

    public bool HasInput(string name) => _inputs.ValueKind == JsonValueKind.Object && _inputs.TryGetProperty(name, out _);

    public bool HasOutput(string name) => _outputs.TryGetProperty(name, out _);

    /// <summary>
    /// An input in its stored type: from the file, or from its recipe where the file leaves it out. The caller's scope owns it.
    /// </summary>
    public Tensor Input(string name)
    {
        if (!HasInput(name))
            throw new InvalidDataException($"Golden case '{Name}' has no input '{name}'; it has {string.Join(", ", InputNames)}.");
        return _tensors.Contains(name)
            ? _tensors.LoadAsStored(name)
            : InputFromRecipe(name)
                ?? throw new InvalidDataException($"Golden case '{Name}': input '{name}' is neither in the file nor has it a recipe.");
    }

    /// <summary>An input made from its recipe, or null where the JSON gives none that is complete.</summary>
    public Tensor? InputFromRecipe(string name)
    {
        var input = _inputs.GetProperty(name);
        if (!input.TryGetProperty("recipe_key", out var key) || !input.TryGetProperty("scale_value", out var scale))
            return null;
        var seed = input.TryGetProperty("seed", out var own) ? own.GetInt64() : Seed;
        return Recipe.Input(key.GetString()!, Longs(input.GetProperty("shape")), seed, scale.GetDouble());
    }

    /// <summary>A parameter of the case's network, from the recipe. The caller's scope owns it.</summary>
    public Tensor Parameter(string key, long[] shape) => Recipe.Parameter(key, shape, Seed);

    /// <summary>A stored output, in its stored type. The caller's scope owns it.</summary>
    public Tensor Expected(string name) => _tensors.LoadAsStored(name);

    /// <summary>Compares with the stored output at the case's own tolerance; a failure says what was found, where, and the limit.</summary>
    public void Check(string name, Tensor actual)
    {
        if (!_outputs.TryGetProperty(name, out var output))
            Assert.Fail($"{Name}: there is no output '{name}'; there are {string.Join(", ", OutputNames)}.");
        if (!output.TryGetProperty("tolerance", out var tolerance))
            Assert.Fail($"{Name}: output '{name}' states no tolerance.");

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var expected = Expected(name);
        if (!actual.shape.SequenceEqual(expected.shape))
            Assert.Fail($"{Name}: '{name}' has shape [{string.Join(", ", actual.shape)}]; wanted [{string.Join(", ", expected.shape)}].");

        if (tolerance.ValueKind == JsonValueKind.String)
            CheckExact(name, actual.detach().cpu(), expected);
        else
            CheckClose(name, actual.detach().cpu().to(float64), expected.to(float64), tolerance);
    }

    public void Dispose() => _tensors.Dispose();

    private void CheckExact(string name, Tensor actual, Tensor expected)
    {
        // In a common type: masks are stored as bytes and computed as booleans.
        var wrong = actual.to(float64).ne(expected.to(float64)).sum().item<long>();
        if (wrong > 0)
            Assert.Fail($"{Name}: '{name}' differs in {wrong} of {expected.numel()} elements; it must be exact.");
    }

    private void CheckClose(string name, Tensor actual, Tensor expected, JsonElement tolerance)
    {
        var difference = actual - expected;
        var reference = expected.norm().item<double>();
        var relL2 = difference.norm().item<double>() / (reference == 0 ? 1 : reference);
        var maxAbs = expected.numel() == 0 ? 0 : difference.abs().max().item<double>();
        var relLimit = Limit(tolerance, "rel_l2");
        var absLimit = Limit(tolerance, "max_abs");
        // Written so that NaN fails.
        if (!(relL2 <= relLimit) || !(maxAbs <= absLimit))
            Assert.Fail(
                $"{Name}: '{name}' is off by rel_l2 {relL2:g3} (limit {relLimit:g3}) and max_abs {maxAbs:g3} (limit {absLimit:g3}).");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Name}: {name,-40} rel_l2 {relL2:e1} of {relLimit:e1}, max_abs {maxAbs:e1} of {absLimit:e1}");
    }

    private static double Limit(JsonElement tolerance, string kind) =>
        tolerance.TryGetProperty(kind, out var limit) ? limit.GetDouble() : double.PositiveInfinity;

    private static long[] Longs(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt64())];
}
