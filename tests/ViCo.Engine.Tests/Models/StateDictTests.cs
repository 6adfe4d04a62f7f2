using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using static TorchSharp.torch.nn;

namespace ViCo.Engine.Tests.Models;

public sealed class StateDictTests
{
    [Fact]
    public void Every_misfit_is_named()
    {
        using var scope = NewDisposeScope();
        using var module = Sequential(("a", Linear(2, 3)), ("b", Linear(3, 4)));
        using var file = SafetensorsFile.FromBytes(SafetensorsWriter.ToBytes(new Dictionary<string, Tensor>
        {
            ["a.weight"] = zeros(3, 2), ["a.bias"] = zeros(5), ["b.weight"] = zeros(4, 3), ["c.weight"] = zeros(1),
        }), "three.safetensors");

        var error = Assert.Throws<InvalidDataException>(() => StateDict.LoadFrozen(module, file));

        Assert.Contains("three.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Contains("missing    b.bias [4]", error.Message, StringComparison.Ordinal);
        Assert.Contains("unexpected c.weight F32 [1]", error.Message, StringComparison.Ordinal);
        Assert.Contains("shape      a.bias is F32 [5]; wanted [3]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_precision_files_load_as_float32_and_the_module_is_frozen()
    {
        using var scope = NewDisposeScope();
        using var module = Linear(2, 2);
        using var file = SafetensorsFile.FromBytes(SafetensorsWriter.ToBytes(new Dictionary<string, Tensor>
        {
            // A 1 × 1 convolution holds the same numbers.
            ["weight"] = tensor(new float[] { 1, 2, 3, 4 }).view(2, 2, 1, 1).to(ScalarType.Float16), ["bias"] = tensor(new[] { .5f, -.5f }),
        }), "half");

        StateDict.LoadFrozen(module, file);

        Assert.Equal([1f, 2, 3, 4], module.weight.detach().data<float>().ToArray());
        Assert.False(module.training);
        Assert.All(module.parameters(), p => Assert.False(p.requires_grad));
    }
}
