using ViCo.Engine.Models.Text;

namespace ViCo.Engine.Models;

/// <summary>
/// Modules on libtorch's meta device have names and shapes but no memory, and need no starting values; here they are given numbers, and
/// give them up again.
/// </summary>
internal static class MetaModule
{
    /// <summary>Replaces every parameter, frozen. The layers may be held elsewhere too: they stay the same objects.</summary>
    /// <param name="tensor">The numbers of a parameter by its name in <paramref name="root"/>, as many as it has;
    /// the module owns them from then on.</param>
    /// <exception cref="InvalidOperationException">A kind of layer holds parameters that this does not know.</exception>
    public static void Fill(Module root, Func<string, Tensor> tensor)
    {
        var filled = new HashSet<string>(StringComparer.Ordinal);
        Replace(root, (name, like) =>
        {
            filled.Add(name);
            return Parameter(tensor(name).view(like.shape), requires_grad: false);
        });
        if (root.named_parameters().FirstOrDefault(p => !filled.Contains(p.name)) is { name: { } left })
            throw new InvalidOperationException(
                $"'{left}' got no numbers: its layer is of a kind that cannot be built on the meta device.");
    }

    /// <summary>Lets go of every parameter's memory; names and shapes stay.</summary>
    public static void Empty(Module root) =>
        Replace(root, (_, like) => Parameter(NewTensor.Empty(like.shape, like.dtype, new Device(DeviceType.META)), requires_grad: false));

    /// <summary>Replaces every parameter of the layers that this knows.</summary>
    /// <param name="parameter">The new one, from the name in <paramref name="root"/> and the present one.</param>
    public static void Replace(Module root, Func<string, Tensor, Parameter> parameter)
    {
        ReplaceOne("", root);
        foreach (var (path, module) in root.named_modules()) ReplaceOne($"{path}.", module);

        void ReplaceOne(string prefix, Module module)
        {
            using var scope = NewDisposeScope();
            switch (module)
            {
                case Linear layer:
                    layer.weight = New("weight", layer.weight);
                    if (layer.bias is not null) layer.bias = New("bias", layer.bias);
                    break;
                case Projection layer:
                    layer.Replace(New);
                    break;
                case Conv2d layer:
                    layer.weight = New("weight", layer.weight);
                    if (layer.bias is not null) layer.bias = New("bias", layer.bias);
                    break;
                case GroupNorm layer:
                    layer.weight = New("weight", layer.weight);
                    layer.bias = New("bias", layer.bias);
                    break;
                case LayerNorm layer:
                    layer.weight = New("weight", layer.weight);
                    layer.bias = New("bias", layer.bias);
                    break;
                case EmbeddingTable table:
                    table.Replace(like => New("weight", like));
                    break;
            }

            Parameter New(string name, Tensor? like) => parameter(prefix + name, like!);
        }
    }
}
