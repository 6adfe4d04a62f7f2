using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Methods.Parts;

/// <summary>Image blocks between two concepts: modules without numbers, to be filled again. Belongs to one U-Net and its lane.</summary>
/// <remarks>
/// TorchSharp 0.107 never frees a module's native object: <c>THSNN_custom_module</c> forgets a reference to it, and <c>Linear.Dispose</c>
/// drops none. A concept has 89 modules, 50 KB of the process's memory, which would be lost with every concept that comes and goes.
/// </remarks>
internal sealed class ImageBlockPool(UNet2DConditionModel unet) : IDisposable
{
    private readonly List<ImageCrossAttention> _idle = [];
    private bool _disposed;

    /// <summary>Blocks for these layers on the meta device. Whoever takes them gives them back.</summary>
    /// <exception cref="ArgumentException">A layer takes no image block.</exception>
    public ImageCrossAttention Take(IReadOnlyCollection<int> layers)
    {
        var at = _idle.FindIndex(blocks => blocks.Layers.SequenceEqual(layers.Order()));
        if (at < 0) return new(unet, layers, new Device(DeviceType.META));
        var blocks = _idle[at];
        _idle.RemoveAt(at);
        return blocks;
    }

    /// <summary>Frees the numbers and keeps the modules.</summary>
    public void GiveBack(ImageCrossAttention blocks)
    {
        if (_disposed)
        {
            blocks.Dispose();
            return;
        }

        MetaModule.Empty(blocks);
        _idle.Add(blocks);
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (var blocks in _idle) blocks.Dispose();
        _idle.Clear();
    }
}
