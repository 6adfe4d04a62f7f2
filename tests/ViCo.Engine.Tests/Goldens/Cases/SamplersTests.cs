using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("samplers_tiny")]
public sealed partial class SamplersTests
{
    private const string File = "samplers_tiny/samplers.json";

    /// <summary>By the words that a case's <c>sampler</c> begins with.</summary>
    private static readonly (string Words, string Name)[] Names =
    [
        ("DPM-Solver++ 2M", SamplingOption.DpmSolver), ("Euler ancestral", SamplingOption.EulerAncestral), ("Euler", SamplingOption.Euler),
        ("DDIM", SamplingOption.Ddim), ("PNDM", SamplingOption.Plms),
    ];

    public static TheoryData<string> Cases()
    {
        if (!System.IO.File.Exists(Path.Combine(GoldenCase.Root, File))) return [
            new TheoryDataRow<string>("") { Skip = $"'{File}' is not in {GoldenCase.Root}." }];
        return [.. GoldenCase.ReadJson(File).GetProperty("cases").EnumerateArray().Select(Title)];
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_state_of_a_sampling_is_the_stored_one(string title)
    {
        var json = GoldenCase.ReadJson(File);
        var golden = json.GetProperty("cases").EnumerateArray().Single(c => Title(c) == title);
        using var scope = NewDisposeScope();
        var schedule = Schedule(json.GetProperty("schedule"), golden);
        var sampler = Create(golden, schedule);
        var model = Model(json.GetProperty("model").GetString()!);
        var noise = json.GetProperty("noise").EnumerateArray().Select(Vector).ToArray();
        var limit = json.GetProperty("tolerance").GetProperty("rel_l2").GetDouble();
        var (inputs, timesteps, states) = (new List<Tensor>(), new List<double>(), new List<Tensor>());

        sampler.Sample(
            new((x, t) =>
                {
                    inputs.Add(x.clone().DetachFromDisposeScope());
                    timesteps.Add(t);
                    return model(x, t);
                }, () => noise[states.Count], (_, x, _) => states.Add(x.clone().DetachFromDisposeScope())),
            Vector(json.GetProperty("start").GetProperty("values")));

        // The golden's trial step of PLMS is where the network runs the second time.
        if (timesteps.Count > sampler.Steps) states.Insert(0, inputs[1]);
        var wanted = golden.GetProperty("states").EnumerateArray().Select(Vector).ToArray();
        Assert.Equal(wanted.Length, states.Count);
        for (var i = 0; i < wanted.Length; i++)
        {
            var off = ((states[i] - wanted[i]).norm() / wanted[i].norm()).item<float>();
            Assert.True(off <= limit, $"{title}: state {i} is off by rel_l2 {off:g3} (limit {limit:g3}).");
        }
        Near(golden.GetProperty("timesteps"), timesteps, t => t == Math.Round(t) ? 0 : 1e-4);
        foreach (var tensor in inputs.Concat(states)) tensor.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Noise_levels_and_the_starts_deviation_are_the_stored_ones(string title)
    {
        var json = GoldenCase.ReadJson(File);
        var golden = json.GetProperty("cases").EnumerateArray().Single(c => Title(c) == title);
        var options = Options(golden);
        if (options.Get(SamplingOption.Sampler) is SamplingOption.Ddim or SamplingOption.Plms)
        {
            Assert.Equal(1, golden.GetProperty("init_noise_sigma").GetDouble());
            return;
        }

        var levels = Samplers.Levels(options, Schedule(json.GetProperty("schedule"), golden));
        Near(golden.GetProperty("sigmas"), levels.Sigmas, s => 2e-6 * s);
        var start = golden.GetProperty("init_noise_sigma").GetDouble();
        if (options.Get(SamplingOption.Sampler) != SamplingOption.DpmSolver) Assert.Equal(start, levels.StartDeviation, 2e-6 * start);
    }

    private static string Title(JsonElement golden) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{golden.GetProperty("name").GetString()} in {golden.GetProperty("steps").GetInt32()}");

    private static ISampler Create(JsonElement golden, NoiseSchedule schedule) => Samplers.Create(Options(golden), schedule);

    private static OptionValues Options(JsonElement golden) => OptionValues.None
        .With(SamplingOption.Sampler, NameOf(golden.GetProperty("sampler").GetString()!))
        .With(SamplingOption.Spacing, golden.GetProperty("spacing").GetString()!)
        .With(SamplingOption.SamplingSteps, golden.GetProperty("steps").GetInt32()).With(SamplingOption.Guidance, 1)
        .With(SamplingOption.Eta, 0);

    private static string NameOf(string words) => Names.First(n => words.StartsWith(n.Words, StringComparison.Ordinal)).Name;

    private static NoiseSchedule Schedule(JsonElement schedule, JsonElement golden) => new(
        schedule.GetProperty("num_train_timesteps").GetInt32(), schedule.GetProperty("beta_start").GetDouble(),
        schedule.GetProperty("beta_end").GetDouble())
    {
        EndsAtOne = golden.TryGetProperty("set_alpha_to_one", out var one) && one.GetBoolean(),
        Offset = golden.TryGetProperty("steps_offset", out var offset) ? offset.GetInt32() : 1,
    };

    /// <summary>The noise model that the file states as a formula, with the formula's numbers.</summary>
    private static NoisePredictor Model(string formula)
    {
        var match = Formula.Match(formula);
        if (!match.Success) Assert.Fail($"The noise model '{formula}' is of another form.");
        double[] c = [.. Enumerable.Range(1, 4).Select(i => double.Parse(match.Groups[i].ValueSpan, CultureInfo.InvariantCulture))];
        return (x, t) =>
            tensor([.. x.data<float>()
            .Select((v, i) => (float)(Math.Tanh(c[0] * v + c[1] * Math.Sin(i)) + c[2] * Math.Cos(c[3] * t + i)))]);
    }

    private static void Near(JsonElement wanted, IReadOnlyList<double> found, Func<double, double> limit)
    {
        double[] numbers = [.. wanted.EnumerateArray().Select(e => e.GetDouble())];
        Assert.Equal(numbers.Length, found.Count);
        for (var i = 0; i < numbers.Length; i++)
            Assert.True(Math.Abs(found[i] - numbers[i]) <= limit(numbers[i]), $"[{i}] is {found[i]:R}; wanted {numbers[i]:R}");
    }

    private static Tensor Vector(JsonElement array) => tensor([.. array.EnumerateArray().Select(e => e.GetSingle())]);

    [GeneratedRegex(@"tanh\((\S+) x_i \+ (\S+) sin\(i\)\) \+ (\S+) cos\((\S+) t \+ i\)")]
    private static partial Regex Formula { get; }
}
