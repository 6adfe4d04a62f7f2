using ViCo.Engine;

namespace ViCo.Benchmarks.PlainPath;

/// <summary>
/// While it lives, attention is a product, a softmax and a product, each written to memory. libtorch's own switch: for the whole process.
/// </summary>
internal sealed class UnfusedAttention : IDisposable
{
    private readonly bool _before = backends.cuda.flash_sdp_enabled();

    // Named after CUDA, but libtorch asks it before it takes its fused kernel on the CPU as well.
    public UnfusedAttention() => backends.cuda.enable_flash_sdp(false);

    public void Dispose() => backends.cuda.enable_flash_sdp(_before);
}
