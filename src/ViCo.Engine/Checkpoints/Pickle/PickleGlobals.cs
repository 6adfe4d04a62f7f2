using System.Diagnostics.CodeAnalysis;

namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>The only names a pickle may mention. Each stands for a rule of ours; nothing is imported and nothing of Python runs.</summary>
internal static class PickleGlobals
{
    private static readonly Dictionary<string, PickleGlobal> Listed = All().ToDictionary(g => g.Name, StringComparer.Ordinal);

    public static bool TryFind(string name, [NotNullWhen(true)] out PickleGlobal? global) => Listed.TryGetValue(name, out global);

    private static IEnumerable<PickleGlobal> All()
    {
        foreach (var (name, type) in new (string, ScalarType)[]
        {
            ("Double", ScalarType.Float64), ("Float", ScalarType.Float32), ("Half", ScalarType.Float16), ("BFloat16", ScalarType.BFloat16),
            ("Long", ScalarType.Int64), ("Int", ScalarType.Int32), ("Short", ScalarType.Int16), ("Char", ScalarType.Int8),
            ("Byte", ScalarType.Byte), ("Bool", ScalarType.Bool),
        })
        {
            yield return new($"torch.{name}Storage", PickleGlobalKind.Storage, type);
            yield return new($"torch.cuda.{name}Storage", PickleGlobalKind.Storage, type);     // PyTorch before 0.4 named the device too
        }

        yield return new("torch._utils._rebuild_tensor", PickleGlobalKind.RebuildTensor);
        yield return new("torch._utils._rebuild_tensor_v2", PickleGlobalKind.RebuildTensor);
        yield return new("torch._utils._rebuild_parameter", PickleGlobalKind.RebuildParameter);
        yield return new("torch._utils._rebuild_parameter_with_state", PickleGlobalKind.RebuildParameter);
        yield return new("torch.Size", PickleGlobalKind.Size);
        yield return new("collections.OrderedDict", PickleGlobalKind.OrderedDict);
        yield return new("__builtin__.set", PickleGlobalKind.Set);
        yield return new("builtins.set", PickleGlobalKind.Set);
        yield return new("torch.nn.modules.container.ParameterDict", PickleGlobalKind.Module);

        // Stable Diffusion's own sd-v1-*.ckpt carry these beside the weights, in the training's state.
        // They become labelled data that nobody reads.
        yield return new("pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint", PickleGlobalKind.Inert);
        yield return new("numpy.core.multiarray.scalar", PickleGlobalKind.Inert);
        yield return new("numpy._core.multiarray.scalar", PickleGlobalKind.Inert);
        yield return new("numpy.dtype", PickleGlobalKind.Inert);
        yield return new("_codecs.encode", PickleGlobalKind.Inert);
    }
}
