using ViCo.Engine.Diffusion;

namespace ViCo.Engine.Tests.Diffusion;

public sealed class RunTimestepsTests
{
    [Fact]
    public void Each_row_has_its_timestep_and_none_is_made_anew()
    {
        using var scope = NewDisposeScope();
        using var timesteps = new RunTimesteps([981, 500.5, 1, 1], CPU);

        Assert.Equal(3, timesteps.Count);
        Assert.Equal([500.5f, 500.5f], timesteps.Of(500.5, rows: 2).data<float>().ToArray());
        Assert.Equal([1f], timesteps.Of(1, rows: 1).data<float>().ToArray());
        // All are views of one tensor: what is written to one is in the next.
        timesteps.Of(981, rows: 1).zero_();
        Assert.Equal([0f, 0f, 0f], timesteps.Of(981, rows: 3).data<float>().ToArray());
    }

    [Fact]
    public void A_timestep_of_another_sampling_is_refused()
    {
        using var timesteps = new RunTimesteps([981], CPU);
        var error = Assert.Throws<ArgumentException>(() => timesteps.Of(980, rows: 1));
        Assert.Contains("Timestep 980", error.Message, StringComparison.Ordinal);
    }
}
