using System.Globalization;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Models;
using ViCo.Options;

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
            json.GetProperty("num_timesteps").GetInt32(), json.GetProperty("linear_start").GetDouble(), json.GetProperty("linear_end")
                .GetDouble());

        Near(json.GetProperty("betas_float64").EnumerateArray().Select(e => e.GetDouble()), schedule.Betas, 1e-14);
        Near(json.GetProperty("alphas_cumprod_float64").EnumerateArray().Select(e => e.GetDouble()), schedule.AlphasCumprod, 1e-12);
        foreach (var s in json.GetProperty("selected").EnumerateArray())
            Assert.Equal(s.GetProperty("abar_float32").GetDouble(), schedule.Alpha(s.GetProperty("t").GetInt32()));

        foreach (var table in json.GetProperty("ddim").EnumerateObject())
        {
            int[] timesteps = [.. Ldm(schedule, table.Name).Reverse()];
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

        if (json.TryGetProperty("odd_step_counts", out var odd))
        {
            foreach (var table in odd.EnumerateObject())
            {
                var (count, first, last) = (
                    GoldenNetworks.Int(table.Value, "count"), GoldenNetworks.Int(table.Value, "first"),
                    GoldenNetworks.Int(table.Value, "last"));
                if (last >= schedule.Timesteps)
                {
                    Assert.Contains($"timestep {last}", Assert.Throws<ArgumentException>(() => Ldm(schedule, table.Name)).Message,
                        StringComparison.Ordinal);
                    continue;
                }
                var timesteps = Ldm(schedule, table.Name);
                Assert.Equal((count, first, last), (timesteps.Length, timesteps[^1], timesteps[0]));
            }
        }

        static int[] Ldm(NoiseSchedule schedule, string steps) =>
            [.. TimestepTable.ToTheEnd(schedule, SamplingOption.Ldm, int.Parse(steps, CultureInfo.InvariantCulture)).Select(t => (int)t)];

        static void Near(IEnumerable<double> expected, double[] actual, double relative)
        {
            double[] wanted = [.. expected];
            Assert.Equal(wanted.Length, actual.Length);
            for (var i = 0; i < wanted.Length; i++)
                Assert.True(Math.Abs(actual[i] - wanted[i]) <= relative * Math.Abs(wanted[i]),
                    $"[{i}] is {actual[i]:R}; wanted {wanted[i]:R}");
        }
    }
}
