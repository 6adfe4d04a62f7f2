using System.Globalization;
using ViCo.Engine.Diffusion;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("schedule")]
public sealed class ScheduleTests
{
    [Fact]
    public void Betas_alphas_and_sampling_tables_are_the_stored_ones()
    {
        if (!Directory.Exists(Path.Combine(GoldenCase.Root, "schedule"))) Assert.Skip("This golden set has no schedule.");
        var json = GoldenCase.ReadJson("schedule/schedule.json");
        var schedule = new NoiseSchedule(
            json.GetProperty("num_timesteps").GetInt32(), json.GetProperty("linear_start").GetDouble(), json.GetProperty("linear_end").GetDouble());

        Near(json.GetProperty("betas_float64").EnumerateArray().Select(e => e.GetDouble()), schedule.Betas, 1e-14);
        Near(json.GetProperty("alphas_cumprod_float64").EnumerateArray().Select(e => e.GetDouble()), schedule.AlphasCumprod, 1e-12);
        foreach (var s in json.GetProperty("selected").EnumerateArray())
            Assert.Equal(s.GetProperty("abar_float32").GetDouble(), schedule.Alpha(s.GetProperty("t").GetInt32()));

        foreach (var table in json.GetProperty("ddim").EnumerateObject())
        {
            int[] timesteps = [.. schedule.SamplingTimesteps(int.Parse(table.Name, CultureInfo.InvariantCulture)).Reverse()];
            Assert.Equal(GoldenNetworks.Ints(table.Value, "timesteps_increasing"), timesteps);
            double[] alphas = [.. timesteps.Select(schedule.Alpha)], previous = [schedule.Alpha(-1), .. alphas[..^1]];
            Assert.Equal(table.Value.GetProperty("alphas_float32").EnumerateArray().Select(e => e.GetDouble()), alphas);
            Assert.Equal(table.Value.GetProperty("alphas_prev_float32").EnumerateArray().Select(e => e.GetDouble()), previous);
            foreach (var sigmas in table.Value.GetProperty("sigmas").EnumerateObject())
            {
                var eta = double.Parse(sigmas.Name["eta_".Length..], CultureInfo.InvariantCulture);
                // From float32 buffers, which is where upstream's last digits come from.
                Near(sigmas.Value.GetProperty("upstream_rounded_to_float32").EnumerateArray().Select(e => e.GetDouble()),
                    [.. alphas.Zip(previous, (a, p) => Ddim.Sigma(a, p, eta))], 5e-6);
            }
        }

        static void Near(IEnumerable<double> expected, double[] actual, double relative)
        {
            double[] wanted = [.. expected];
            Assert.Equal(wanted.Length, actual.Length);
            for (var i = 0; i < wanted.Length; i++)
                Assert.True(Math.Abs(actual[i] - wanted[i]) <= relative * Math.Abs(wanted[i]), $"[{i}] is {actual[i]:R}; wanted {wanted[i]:R}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(30)]
    [InlineData(999)]
    [InlineData(1000)]
    public void Any_number_of_steps_gives_as_many_timesteps_all_in_range(int steps)
    {
        var timesteps = new NoiseSchedule(1000, 0.00085, 0.012).SamplingTimesteps(steps);

        Assert.Equal(steps, timesteps.Distinct().Count());
        Assert.All(timesteps, t => Assert.InRange(t, 0, 999));
        Assert.Equal(timesteps.OrderDescending(), timesteps);
    }
}
