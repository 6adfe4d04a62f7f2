using ViCo.Engine.Models.Text;

namespace ViCo.Engine.Models;

/// <summary>Modules built on libtorch's meta device have names and shapes but no memory, and cost no starting values; here they get their numbers.</summary>
internal static class MetaModule
{
    /// <summary>Replaces every parameter, frozen. The layers may be held elsewhere too: they stay the same objects.</summary>
    /// <param name="tensor">The numbers of a parameter by its name in <paramref name="root"/>, as many as it has; the module owns them from then on.</param>
    /// <exception cref="InvalidOperationException">A kind of layer holds parameters that this does not know.</exception>
    public static void Fill(Module root, Func<string, Tensor> tensor)
    {
        FillOne("", root);
        foreach (var (path, module) in root.named_modules()) FillOne($"{path}.", module);
        if (root.named_parameters().FirstOrDefault(p => p.parameter.device_type == DeviceType.META) is { name: { } left })
            throw new InvalidOperationException($"'{left}' got no numbers: its layer is of a kind that cannot be built on the meta device.");

        void FillOne(string prefix, Module module)
        {
            using var scope = NewDisposeScope();
            switch (module)
            {
                case Linear layer:
                    layer.weight = Frozen("weight", layer.weight);
                    if (layer.bias is not null) layer.bias = Frozen("bias", layer.bias);
                    break;
                case Conv2d layer:
                    layer.weight = Frozen("weight", layer.weight);
                    if (layer.bias is not null) layer.bias = Frozen("bias", layer.bias);
                    break;
                case GroupNorm layer:
                    layer.weight = Frozen("weight", layer.weight);
                    layer.bias = Frozen("bias", layer.bias);
                    break;
                case LayerNorm layer:
                    layer.weight = Frozen("weight", layer.weight);
                    layer.bias = Frozen("bias", layer.bias);
                    break;
                case EmbeddingTable table:
                    table.Replace(like => Frozen("weight", like));
                    break;
            }

            Parameter Frozen(string name, Tensor? like) => Parameter(tensor(prefix + name).view(like!.shape), requires_grad: false);
        }
    }
}
