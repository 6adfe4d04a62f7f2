using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Diffusion;

/// <summary>Which timesteps a sampling runs the network at, descending: the rules of LDM and diffusers, by their names there.</summary>
internal static class TimestepTable
{
    /// <summary>For samplers that go from each timestep to the next and from the last to the end: DDIM, PLMS, Euler.</summary>
    /// <param name="spacing">A word of <see cref="SamplingOption.Spacing"/> but <c>karras</c>.</param>
    /// <returns>As many as steps; by LDM's rule more where these do not divide the timesteps. Not whole by <c>linspace</c>.</returns>
    /// <exception cref="ArgumentException">More steps than timesteps, or none, or so many that LDM's rule leaves the schedule.</exception>
    public static double[] ToTheEnd(NoiseSchedule schedule, string spacing, int steps)
    {
        var last = LastTimestep(schedule, steps);
        return spacing switch
        {
            SamplingOption.Linspace => Descending(steps, i => i + 1 == steps ? last : i * ((double)last / (steps - 1))),
            SamplingOption.Leading => Leading(schedule, steps, (last + 1) / steps, first: 0),
            _ => Either(schedule, spacing, steps),
        };
    }

    /// <summary>
    /// For DPM-Solver++: whole ones, with the place of timestep 0 left to the end. Few steps only: see <see cref="NoiseLevels.At"/>.
    /// </summary>
    /// <inheritdoc cref="ToTheEnd"/>
    public static double[] AboveTheEnd(NoiseSchedule schedule, string spacing, int steps)
    {
        var last = LastTimestep(schedule, steps);
        return spacing switch
        {
            SamplingOption.Linspace => Descending(steps, i => i + 1 == steps ? last : Math.Round((i + 1) * ((double)last / steps))),
            SamplingOption.Leading => Leading(schedule, steps, (last + 1) / (steps + 1), first: 1),
            _ => Either(schedule, spacing, steps),
        };
    }

    private static double[] Either(NoiseSchedule schedule, string spacing, int steps) => spacing switch
    {
        SamplingOption.Trailing =>
            Descending(steps, i => Math.Round(schedule.Timesteps - (steps - 1 - i) * ((double)schedule.Timesteps / steps)) - 1),
        SamplingOption.Ldm => Ldm(schedule.Timesteps, steps),
        _ => throw new ArgumentException($"Spacing '{spacing}' gives no timesteps by itself."),
    };

    private static double[] Leading(NoiseSchedule schedule, int steps, int stride, int first)
    {
        // With as many steps as timesteps the offset would pass the end: LDM asks for index 1000 there and crashes.
        var offset = Math.Min(schedule.Offset, schedule.Timesteps - 1 - (steps - 1 + first) * stride);
        return Descending(steps, i => (i + first) * stride + offset);
    }

    private static double[] Ldm(int timesteps, int steps)
    {
        var stride = timesteps / steps;
        var count = (timesteps + stride - 1) / stride;
        return (count - 1) * stride + 1 < timesteps
            ? Descending(count, i => i * stride + 1)
            : throw new ArgumentException($"Spacing 'ldm' asks for timestep {(count - 1) * stride + 1} at {steps} steps, and the last is "
                + $"{timesteps - 1}; wanted another number of steps, such as 50, or spacing 'leading'.");
    }

    private static double[] Descending(int count, Func<int, double> ascending) =>
        [.. Enumerable.Range(0, count).Reverse().Select(ascending)];

    private static int LastTimestep(NoiseSchedule schedule, int steps) =>
        steps >= 1 && steps <= schedule.Timesteps ? schedule.Timesteps - 1
            : throw new ArgumentException($"{steps} sampling steps; wanted 1 to {schedule.Timesteps}.");
}
