using ViCo.Engine.Methods.CustomDiffusion;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("custom_diffusion_tiny")]
public sealed class CustomDiffusionMergeTests
{
    [Fact]
    public void Two_weights_become_one_that_gives_what_each_gives_on_its_own_words()
    {
        using var golden = GoldenCase.Open("custom_diffusion_tiny/merge");
        using var scope = NewDisposeScope();
        var (weight, regularization) = (golden.Input("W"), golden.Input("K_reg"));
        // The second concept repeats the first row of the first one.
        var first = golden.Input("K_t1");
        var second = cat([first.narrow(0, 0, 1), golden.Input("K_t2_new")]);
        var inputs = cat([first, second]);
        var wanted = cat([first.mm(weight.Plus(golden.Input("D1")).t()), second.mm(weight.Plus(golden.Input("D2")).t())]);

        var distinct = ConstrainedMerge.Distinct(inputs);
        golden.Check("removed", tensor([.. Enumerable.Range(0, (int)inputs.shape[0]).Except(distinct).Select(i => (long)i)]));
        var rows = tensor([.. distinct.Select(i => (long)i)]);
        golden.Check("K_t", inputs.index_select(0, rows));
        golden.Check("V_t", wanted.index_select(0, rows));
        var merged = ConstrainedMerge.Of(
            weight, inputs.index_select(0, rows), wanted.index_select(0, rows), regularization.t().mm(regularization));
        golden.Check("W_merged", merged);
        golden.Check("regularisation_shift", (regularization.mm(merged.t()) - regularization.mm(weight.t())).norm(1));
        // No other weight that does so changes them less: such as the one that is nearest to W itself.
        var nearest = ConstrainedMerge.Of(weight, inputs.index_select(0, rows), wanted.index_select(0, rows), eye(weight.shape[1]));
        Assert.True(Shift(merged) < 0.99 * Shift(nearest), $"{Shift(merged)} and {Shift(nearest)}");
        var off = (inputs.index_select(0, rows).mm(merged.t()) - wanted.index_select(0, rows)).norm(1).max().item<float>();
        Assert.True(off < 1e-4, $"{off}");

        double Shift(Tensor other) => (regularization.mm(other.t()) - regularization.mm(weight.t())).norm().item<float>();
    }

    [Fact]
    public void A_difference_is_kept_by_the_singular_values_that_come_to_the_stored_share()
    {
        using var golden = GoldenCase.Open("custom_diffusion_tiny/merge");
        using var scope = NewDisposeScope();
        var kept = LowRankDifference.Of(golden.Input("D1"));
        golden.Check("rank", tensor([kept.U.shape[1]]));
        golden.Check("singular_values", linalg.svdvals(golden.Input("D1")));
        golden.Check("delta_compressed", kept.Product());
        // The largest alone may be more than the share: something is kept in any case.
        Assert.Equal(1, LowRankDifference.Of(golden.Input("D1"), share: 0.01).U.shape[1]);
    }
}
