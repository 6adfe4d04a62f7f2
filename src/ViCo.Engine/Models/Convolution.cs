namespace ViCo.Engine.Models;

/// <summary>Convolutions whose gradient can be trusted on the CPU.</summary>
internal static class Convolution
{
    /// <summary>Output channels that oneDNN lays out as one block.</summary>
    private const long Block = 16;

    /// <summary>
    /// As <see cref="Convolve(Conv2d, Tensor)"/>, with the guests that a pass has at this layer. The input's rows are samples.
    /// </summary>
    public static Tensor Convolve(this Conv2d conv, Tensor input, Adaptation? pass) =>
        pass?.GuestsAt(conv) is { } guests ? guests.Run(conv.Convolve, input, BatchAxis.Samples) : conv.Convolve(input);

    /// <summary>As <c>conv.call(input)</c>, for convolutions that gradients flow through.</summary>
    /// <remarks>
    /// oneDNN's gradient by the input, as libtorch 2.10 has it, pads output channels to a multiple of 16 and multiplies
    /// zero weights with the padding's memory, which it never wrote: where that once held a NaN, so does the gradient.
    /// Zero channels of our own leave no padding.
    /// </remarks>
    public static Tensor Convolve(this Conv2d conv, Tensor input)
    {
        var spare = (Block - conv.out_channels % Block) % Block;
        if (spare == 0 || !is_grad_enabled() || input.device.type != DeviceType.CPU) return conv.call(input);
        using var scope = NewDisposeScope();
        var shape = conv.weight.shape;
        var weight = cat([conv.weight, NewTensor.Zeros([spare, .. shape[1..]], input.dtype, input.device)]);
        var bias = cat([conv.bias!, NewTensor.Zeros([spare], input.dtype, input.device)]);
        return F.conv2d(input, weight, bias, strides: conv.stride, padding: conv.padding)
            .narrow(1, 0, conv.out_channels).MoveToOuterDisposeScope();
    }
}
