using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Tests.Models;

public sealed class MetaModuleTests
{
    private static readonly Device Meta = new(DeviceType.META);

    [Fact]
    public void A_network_built_without_memory_becomes_the_one_its_file_describes()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        using var written = Small(null);
        using (no_grad())
        {
            foreach (var parameter in written.parameters()) parameter.copy_(randn(parameter.shape, generator: generator));
        }
        using var file = SafetensorsFile.FromBytes(SafetensorsWriter.ToBytes(written.state_dict()), "unet");
        using var read = Small(Meta);
        StateDict.Materialize(read, file, key => key, ScalarType.Float32);

        Assert.All(read.named_parameters(), p =>
        {
            Assert.Equal(DeviceType.CPU, p.parameter.device_type);
            Assert.False(p.parameter.requires_grad);
        });
        var (latents, text) = (randn(1, 4, 8, 8, generator: generator), new AttentionContext(randn(1, 5, 24, generator: generator)));
        var timestep = tensor(new[] { 7L });
        Assert.Equal(
            written.call(latents, timestep, text, null).detach().data<float>().ToArray(), read.call(latents, timestep, text, null)
                .data<float>().ToArray());
        Assert.False(read.training);

        static UNet2DConditionModel Small(Device? device) =>
            new(new(4, 4, [16, 16], 1, [true, false], [false, true], [2, 2], 24, 8, 1e-5, true, 0, 8), device);
    }

    [Fact]
    public void A_text_towers_tables_are_replaced_too()
    {
        using var scope = NewDisposeScope();
        using var tower = new CLIPTextModel(new(11, 8, 1, 2, 16, 5, 1e-5, true), Meta);
        MetaModule.Fill(tower, name => zeros(tower.named_parameters().Single(p => p.name == name).parameter.shape).Plus(0.5));
        Assert.Equal([0.5f, 0.5f], tower.TokenEmbeddings([3]).data<float>().ToArray()[..2]);
    }

    [Fact]
    public void A_layer_of_an_unknown_kind_is_named()
    {
        using var odd = nn.Sequential(("odd", nn.Conv1d(2, 2, 3, device: Meta)));
        var error = Assert.Throws<InvalidOperationException>(() => MetaModule.Fill(odd, _ => zeros(1)));
        Assert.Contains("'odd.weight'", error.Message, StringComparison.Ordinal);
    }
}
