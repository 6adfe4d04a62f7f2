namespace ViCo.Engine.Checkpoints;

/// <summary>
/// Named tensors in a file, whichever its format: safetensors, PyTorch's archives, several files read as one, or one under other names.
/// </summary>
internal interface IWeightFile : IDisposable
{
    /// <summary>Path or name, for messages.</summary>
    string Name { get; }

    /// <summary>All tensors, in ordinal order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Type and shape of a tensor without reading it.</summary>
    /// <exception cref="InvalidDataException">There is no tensor of that name.</exception>
    TensorInfo Info(string name);

    /// <summary>A contiguous copy of the tensor in its stored type on the CPU. The caller's dispose scope owns it.</summary>
    Tensor LoadAsStored(string name);

    /// <summary>
    /// The tensor in its stored type on the CPU, contiguous; where it can be, the mapped file itself instead of a copy. What is
    /// written to it does not reach the file. The mapping stays while the tensor or a view of it lives, also after this object is
    /// gone. The caller's dispose scope owns the tensor.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no tensor of that name, or another file has taken this one's name.</exception>
    Tensor Borrow(string name) => LoadAsStored(name);

    /// <summary>
    /// Reads the pages of tensors that were borrowed as <paramref name="dtype"/> with all cores, so that what uses
    /// them neither waits for the disk nor faults.
    /// </summary>
    /// <exception cref="IOException">A page cannot be read.</exception>
    void MakeResident(ScalarType dtype)
    {
    }
}

internal static class WeightFileLoading
{
    /// <summary>A copy as float32, whatever number type is stored. The caller's dispose scope owns it.</summary>
    public static Tensor Load(this IWeightFile file, string name) => file.Load(name, ScalarType.Float32);

    /// <summary>A copy as <paramref name="dtype"/>. The caller's dispose scope owns it.</summary>
    public static Tensor Load(this IWeightFile file, string name, ScalarType dtype)
    {
        var stored = file.LoadAsStored(name);
        if (stored.dtype == dtype)
            return stored;
        using (stored)
            return stored.to(dtype);
    }
}
