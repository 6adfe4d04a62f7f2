using System.Globalization;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using static TorchSharp.torch.nn;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("ldm_unet_tiny")]
public sealed class UNetTests
{
    public static TheoryData<string> Cases() => GoldenCase.In("ldm_unet_tiny");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_plain_U_Net_gives_the_stored_noise_and_every_stored_stage(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var unet = GoldenNetworks.UNet(golden);
        using var stages = new Stages(unet);

        golden.Check("eps", unet.call(golden.Input("x"), golden.Input("t"), new(golden.Input("context")), null));
        foreach (var output in golden.OutputNames.Where(o => o != "eps"))
        {
            var seen = stages[output];
            // Stages are stored for sample 0 only.
            golden.Check(output, golden.Expected(output).shape[0] == 1 ? seen.narrow(0, 0, 1) : seen);
        }
    }

    /// <summary>Keeps module outputs of the last pass under the goldens' names.</summary>
    internal sealed class Stages : IDisposable
    {
        private readonly Dictionary<string, Tensor> _seen = [];

        public Stages(UNet2DConditionModel unet)
        {
            var modules = unet.named_modules().ToDictionary(m => m.name, m => m.module);
            var layers = unet.Config.LayersPerBlock;
            var levels = unet.Config.BlockOutChannels.Count;
            Watch(modules["time_embedding"], "emb");
            Watch(modules["conv_in"], "stage.input_blocks.0");
            for (var level = 0; level < levels; level++)
            {
                for (var i = 0; i < layers; i++)
                {
                    var name = $"stage.input_blocks.{level * (layers + 1) + i + 1}";
                    Watch(modules[$"down_blocks.{level}.resnets.{i}"], name);
                    if (modules.TryGetValue($"down_blocks.{level}.attentions.{i}", out var attention)) Watch(attention, name);
                }
                if (modules.TryGetValue($"down_blocks.{level}.downsamplers.0", out var downsampler))
                    Watch(downsampler, $"stage.input_blocks.{(level + 1) * (layers + 1)}");
            }
            Watch(modules["mid_block.resnets.1"], "stage.middle_block");
            for (var up = 0; up < levels; up++)
            {
                for (var i = 0; i <= layers; i++)
                {
                    var name = $"stage.output_blocks.{up * (layers + 1) + i}";
                    Watch(modules[$"up_blocks.{up}.resnets.{i}"], name);
                    if (modules.TryGetValue($"up_blocks.{up}.attentions.{i}", out var attention)) Watch(attention, name);
                    if (i == layers && modules.TryGetValue($"up_blocks.{up}.upsamplers.0", out var upsampler)) Watch(upsampler, name);
                }
            }
            var blocks = modules.Where(m => m.Value is Transformer2DModel).Select(m => m.Key).OrderBy(Order).ToArray();
            for (var id = 0; id < blocks.Length; id++)
            {
                var number = id.ToString("00", CultureInfo.InvariantCulture);
                Watch(modules[blocks[id]], $"block.{number}.out");
                Watch(modules[$"{blocks[id]}.proj_out"], $"block.{number}.proj_out");
            }

            static string Order(string name) =>
                (name[0] == 'd' ? "0" : name[0] == 'm' ? "1" : "2") + name;
        }

        public Tensor this[string name] => _seen[name];

        public bool Has(string name) => _seen.ContainsKey(name);

        public void Dispose()
        {
            foreach (var tensor in _seen.Values) tensor.Dispose();
        }

        private void Watch(Module module, string name)
        {
            switch (module)
            {
                case Module<Tensor, Tensor> m: m.register_forward_hook((_, _, result) => Keep(name, result)); break;
                case Module<Tensor, Tensor, Tensor> m: m.register_forward_hook((_, _, _, result) => Keep(name, result)); break;
                case Module<Tensor, AttentionContext, Adaptation,
                Tensor> m: m.register_forward_hook((_, _, _, _, result) => Keep(name, result)); break;
                default: throw new ArgumentException($"{module.GetName()} at {name} has a forward of another shape.");
            }
        }

        private Tensor Keep(string name, Tensor result)
        {
            if (_seen.TryGetValue(name, out var old)) old.Dispose();
            _seen[name] = result.detach().clone().DetachFromDisposeScope();
            return result;
        }
    }
}
