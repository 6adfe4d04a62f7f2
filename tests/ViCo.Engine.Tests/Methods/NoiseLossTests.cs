using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Text;

namespace ViCo.Engine.Tests.Methods;

/// <summary>The plain loss with what methods to come give it: masks, and pictures of the class.</summary>
public sealed class NoiseLossTests
{
    private static readonly Shot Own = new(new TokenizedPrompt([0], [], 0, 0)), Prior = Own with { IsPrior = true };

    [Fact]
    public void A_mask_of_ones_is_no_mask_and_what_a_mask_hides_does_not_count()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var (predicted, noise) = (randn([2, 4, 6, 6], generator: generator), randn([2, 4, 6, 6], generator: generator));
        var batch = new TrainingBatch([Own, Own], zeros(2, 4, 6, 6), noise, [1, 2]);
        var plain = Assert.Single(NoiseLoss.Of(predicted, batch)).Value.item<float>();
        Assert.Equal((predicted - noise).square().mean().item<float>(), plain, 1e-6);
        Assert.Equal(plain, NoiseLoss.Of(predicted, batch with { LossMask = ones(2, 1, 6, 6) }).Total().item<float>(), 1e-6);

        // The left half alone counts, whatever stands in the right one.
        var left = cat([ones(2, 1, 6, 3), zeros(2, 1, 6, 3)], 3);
        var spoiled = cat([predicted.narrow(3, 0, 3), predicted.narrow(3, 3, 3).Times(100)], 3);
        Assert.Equal(
            (predicted - noise).narrow(3, 0, 3).square().mean().item<float>(), NoiseLoss.Of(spoiled, batch with { LossMask = left }).Total()
                .item<float>(), 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void Pieces_of_a_batch_with_pictures_of_the_class_come_to_the_whole_batchs_loss(int samples)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        // What the network found stands where latents would, so that pieces cut it too.
        var (found, noise) = (randn([6, 4, 6, 6], generator: generator), randn([6, 4, 6, 6], generator: generator));
        var batch = new TrainingBatch([Own, Own, Own, Prior, Prior, Prior], found, noise, [1, 2, 3, 4, 5, 6]);
        TrainingBatch[] pieces = [.. batch.Pieces(samples)];
        Assert.Equal([1, 2, 3, 4, 5, 6], pieces.SelectMany(p => p.Timesteps).Order());
        Assert.All(pieces, p => Assert.InRange(p.Shots.Count, 2, Math.Max(2, samples)));
        Assert.Equal(
            NoiseLoss.Of(found, batch, priorWeight: 0.5).Total().item<float>(),
            pieces.Sum(p => p.Shots.Count / 6f * NoiseLoss.Of(p.Latents, p, priorWeight: 0.5).Total().item<float>()), 1e-5);
    }

    [Fact]
    public void Pictures_of_the_class_are_a_term_of_their_own_with_its_weight()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var (predicted, noise) = (randn([3, 4, 6, 6], generator: generator), randn([3, 4, 6, 6], generator: generator));
        var terms = NoiseLoss.Of(predicted, new TrainingBatch([Own, Prior, Own], zeros(3, 4, 6, 6), noise, [1, 2, 3]), priorWeight: 0.5);
        var squares = (predicted - noise).square().mean([1, 2, 3]).data<float>().ToArray();

        Assert.Equal([("noise", 1.0), ("prior", 0.5)], terms.Select(t => (t.Name, t.Weight)));
        Assert.Equal([(squares[0] + squares[2]) / 2, squares[1]], terms.Select(t => t.Value.item<float>()), (a, b) =>
            Math.Abs(a - b) < 1e-5);
        Assert.Equal((squares[0] + squares[2] + squares[1]) / 2, terms.Total().item<float>(), 1e-5);
    }
}
