using ViCo.Engine.Diffusion;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Tests.Diffusion;

public sealed class SamplerTests
{
    private static readonly NoiseSchedule Schedule = new(1000, 0.00085, 0.012);

    public static TheoryData<string, string> Pairs() =>
    [
        .. from sampler in SamplingOption.Sampler.Choices.Select(c => c.Value)
           from spacing in SamplingOption.Spacing.Choices.Select(c => c.Value)
           where spacing != SamplingOption.Karras || sampler is not (SamplingOption.Ddim or SamplingOption.Plms)
           select new TheoryDataRow<string, string>(sampler, spacing),
    ];

    /// <summary>
    /// Data of standard deviation s have a known noise estimate, ε = σ̂ X / (s² + σ̂²) for X = x / √ᾱ, and the path of X is
    /// in closed form: X ∝ √(s² + σ̂²). A method of order p divides its error by 2^p when steps double.
    /// </summary>
    [Theory]
    [InlineData("ddim", 1.8, 2.2)]
    [InlineData("plms", 3.2, 12)]
    [InlineData("dpmpp-2m", 3.2, 4.8)]
    [InlineData("euler", 1.8, 2.2)]
    public void A_samplers_error_falls_by_its_order_when_steps_double(string sampler, double least, double most) =>
        Assert.InRange(Error(sampler, 50) / Error(sampler, 100), least, most);

    [Theory]
    [InlineData("ddim", "trailing", 1)]
    [InlineData("euler-a", "karras", 0)]
    public void Samplers_that_add_noise_end_with_the_datas_deviation(string sampler, string spacing, double eta)
    {
        using var scope = NewDisposeScope();
        using var noise = new NoiseSource([5], [4, 96, 96], CPU);
        var latents = Create(sampler, spacing, 200, eta).Sample(new(Gaussian, noise.Next), noise.Next());
        Assert.InRange(latents.std().item<float>(), 0.97 * Deviation, 1.03 * Deviation);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Any_number_of_steps_falls_through_the_schedule_and_ends_finite_or_says_how_many_do(string sampler, string spacing)
    {
        foreach (var steps in new[] { 1, 2, 3, 7, 30, 50, 499, 999, 1000 })
        {
            using var scope = NewDisposeScope();
            using var noise = new NoiseSource([steps], [1, 2, 2], CPU);
            var timesteps = new List<double>();
            ISampler run;
            try
            {
                run = Create(sampler, spacing, steps);
            }
            catch (ArgumentException e) when (steps is 3 or >= 499)
            {
                Assert.Matches("wanted (fewer steps|another number of steps)", e.Message);
                continue;
            }
            var latents = run.Sample(new((x, t) =>
            {
                timesteps.Add(t);
                return Gaussian(x, t);
            }, noise.Next), noise.Next());

            Assert.True(latents.isfinite().all().item<bool>(), $"{steps} steps");
            Assert.All(timesteps, t => Assert.InRange(t, 0, 999));
            Assert.Equal(timesteps.OrderDescending(), timesteps);
            Assert.Equal(timesteps.Count, run.Steps + (sampler == SamplingOption.Plms ? 1 : 0));
            if (spacing != SamplingOption.Ldm) Assert.Equal(steps, run.Steps);
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_run_leaves_nothing_behind_and_ends_at_once_when_cancelled(string sampler, string spacing)
    {
        using var noise = new NoiseSource([1], [1, 2, 2], CPU);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using var source = new CancellationTokenSource();
        using (NewDisposeScope())
        {
            var start = noise.Next();
            Create(sampler, spacing, 10).Sample(new(Gaussian, noise.Next), start);
            Assert.ThrowsAny<OperationCanceledException>(() => Create(sampler, spacing, 10).Sample(
                new(Gaussian, noise.Next, (step, _, _) =>
                {
                    Assert.InRange(step, 0, 4);
                    if (step == 4) source.Cancel();
                }, source.Token), start));
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [InlineData("heun", null, 0.0, "ddim, plms, dpmpp-2m, euler, euler-a")]
    [InlineData(null, "random", 0.0, "ldm, leading, linspace, trailing, karras")]
    [InlineData("plms", null, 0.5, "only 'ddim'")]
    [InlineData("ddim", null, 1.5, "0 to 1")]
    [InlineData("plms", "karras", 0.0, "dpmpp-2m, euler, euler-a")]
    public void Options_that_do_not_exist_or_do_not_go_together_are_refused_with_what_there_is(string? sampler, string? spacing, double eta,
        string said)
    {
        var request = new GenerationRequest(null, [], "*", [1]).With(SamplingOption.Eta, eta);
        if (sampler is not null) request = request.With(SamplingOption.Sampler, sampler);
        if (spacing is not null) request = request.With(SamplingOption.Spacing, spacing);
        Assert.Contains(said, Assert.Throws<ArgumentException>(() => request.OptionsOver(OptionValues.None)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_request_leaves_open_is_the_base_models()
    {
        var defaults = OptionValues.FromJson("""{"sampler":"euler","spacing":"trailing","samplingSteps":12,"guidance":3}""");
        var request = new GenerationRequest(null, [], "*", [1]).With(SamplingOption.SamplingSteps, 9);
        var (bare, over) = (request.OptionsOver(OptionValues.None), request.OptionsOver(defaults));

        Assert.Equal(("euler", "trailing"), (over.Get(SamplingOption.Sampler), over.Get(SamplingOption.Spacing)));
        Assert.Equal((9, 3.0), (over.Get(SamplingOption.SamplingSteps), over.Get(SamplingOption.Guidance)));
        Assert.Equal(("ddim", "leading"), (bare.Get(SamplingOption.Sampler), bare.Get(SamplingOption.Spacing)));
    }

    private const double Deviation = 0.7;

    private static Tensor Gaussian(Tensor x, double timestep) => Gaussian(x, Schedule.Sigma, timestep);

    private static Tensor Gaussian(Tensor x, Func<double, double> sigmaOf, double timestep)
    {
        var sigma = sigmaOf(timestep);
        return x.Times(sigma * Math.Sqrt(sigma * sigma + 1) / (Deviation * Deviation + sigma * sigma));
    }

    private static ISampler Create(string sampler, string spacing, int steps, double eta = 0) =>
        Samplers.Create(OptionValues.None.With(SamplingOption.Sampler, sampler).With(SamplingOption.Spacing, spacing)
            .With(SamplingOption.SamplingSteps, steps).With(SamplingOption.Eta, eta).With(SamplingOption.Guidance, 1), Schedule);

    /// <summary>How far a run is from the closed form when it comes to timestep 199, in double precision and relative.</summary>
    private static double Error(string sampler, int steps)
    {
        using var scope = NewDisposeScope();
        var seen = new List<(double Timestep, double Value)>();
        Create(sampler, SamplingOption.Trailing, steps).Sample(new((x, t) =>
        {
            seen.Add((t, x.item<double>()));
            return Gaussian(x, Sigma, t);
        }, () => throw new InvalidOperationException("noise")), ones(1, float64));

        var (start, end) = (seen[0], seen.Single(s => s.Timestep == 199));
        double from = Sigma(start.Timestep), to = Sigma(end.Timestep);
        var exact = start.Value * Math.Sqrt(from * from + 1) * Math.Sqrt(
            (Deviation * Deviation + to * to) / (Deviation * Deviation + from * from));
        return Math.Abs(end.Value * Math.Sqrt(to * to + 1) / exact - 1);

        // DDIM and PLMS work with LDM's table of ᾱ, whose last digits are others.
        double Sigma(double t) => sampler is SamplingOption.Ddim or SamplingOption.Plms
            ? Math.Sqrt((1 - Schedule.Alpha((int)t)) / Schedule.Alpha((int)t)) : Schedule.Sigma(t);
    }
}
