namespace ViCo.Engine.Checkpoints;

/// <summary>Tensors in memory, read as if they were a file. They stay their owner's.</summary>
internal sealed class HeldTensors(string name, IEnumerable<KeyValuePair<string, Tensor>> tensors) : IWeightFile
{
    private readonly SortedDictionary<string, Tensor> _tensors = new(tensors.ToDictionary(), StringComparer.Ordinal);

    public string Name => name;

    public IReadOnlyList<string> Names => [.. _tensors.Keys];

    public TensorInfo Info(string name) => new(_tensors[name].dtype, _tensors[name].shape);

    public Tensor LoadAsStored(string name) => HostRead.Copy(_tensors[name]).clone();

    public void Dispose()
    {
    }
}
