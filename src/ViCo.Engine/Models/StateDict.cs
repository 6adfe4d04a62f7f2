using ViCo.Engine.Checkpoints;

namespace ViCo.Engine.Models;

/// <summary>Fills a module's parameters from a file, strictly: every key must fit, and every misfit is listed.</summary>
internal static class StateDict
{
    /// <summary>Loads in the parameters' own number type, then freezes: eval mode, no gradients.</summary>
    /// <param name="rename">Maps a file's key to the module's, or to null where the file's tensor is known to be superfluous.</param>
    /// <exception cref="InvalidDataException">Keys are missing, unexpected or of another shape; all are named.</exception>
    public static void LoadFrozen(Module module, IWeightFile file, Func<string, string?>? rename = null)
    {
        Copy(module.named_parameters(), file, rename ?? (key => key), module.GetName());
        Freeze(module);
    }

    /// <summary>
    /// As <see cref="LoadFrozen"/>, for a module built on the meta device: every parameter is made once,
    /// from the file, in a number type of choice.
    /// </summary>
    /// <remarks>Where that is the stored type, a parameter is the mapped file itself (<see cref="IWeightFile.Borrow"/>).</remarks>
    /// <exception cref="InvalidDataException">Keys are missing, unexpected or of another shape; all are named.</exception>
    public static void Materialize(Module module, IWeightFile file, Func<string, string?> rename, ScalarType dtype)
    {
        using var noGrad = no_grad();
        var wanted = module.named_parameters().ToList();
        var (found, misfits) = Match(wanted.Select(p => (p.name, p.parameter.shape)), file, rename);
        if (misfits.Count > 0) throw new InvalidDataException(Message(file.Name, module.GetName(), misfits, wanted.Count));
        // In the order of the file, which is by name: a disk reads ahead, so taking what the network begins with first would be slower.
        var keys = found.ToDictionary(f => f.Value, f => f.Key, StringComparer.Ordinal);
        using var scope = NewDisposeScope();
        var tensors = file.Names.Where(keys.ContainsKey).ToDictionary(key => keys[key], Numbers, StringComparer.Ordinal);
        MetaModule.Fill(module, name => tensors[name]);
        module.eval();

        Tensor Numbers(string key)
        {
            using var one = NewDisposeScope();
            return file.Borrow(key).As(dtype).MoveToOuterDisposeScope();
        }
    }

    public static void Freeze(Module module)
    {
        module.eval();
        foreach (var parameter in module.parameters()) parameter.requires_grad = false;
    }

    /// <summary>Copies a file's tensors into parameters of the same names, which keep their number type.</summary>
    /// <param name="rename">As for <see cref="LoadFrozen"/>.</param>
    /// <param name="what">What messages call the parameters' owner.</param>
    /// <exception cref="InvalidDataException">Keys are missing, unexpected or of another shape; all are named.</exception>
    public static void Copy(
        IEnumerable<(string Name, Parameter Parameter)> parameters, IWeightFile file, Func<string, string?> rename,
        string what = "this concept")
    {
        using var noGrad = no_grad();
        var wanted = parameters.ToDictionary(p => p.Name, p => p.Parameter, StringComparer.Ordinal);
        var (found, misfits) = Match(wanted.Select(p => (p.Key, p.Value.shape)), file, rename);
        if (misfits.Count > 0) throw new InvalidDataException(Message(file.Name, what, misfits, wanted.Count));
        foreach (var (name, key) in found)
        {
            using var scope = NewDisposeScope();
            wanted[name].copy_(file.Load(key).view(wanted[name].shape));
        }
    }

    /// <summary>
    /// What keeps a file from holding exactly the tensors of those names and shapes, every misfit named;
    /// null when nothing does. Reads no weight.
    /// </summary>
    /// <param name="rename">As for <see cref="LoadFrozen"/>.</param>
    /// <param name="what">What the message calls the tensors' owner.</param>
    public static string? Misfits(IEnumerable<(string Name, long[] Shape)> tensors, IWeightFile file, Func<string, string?> rename,
        string what)
    {
        var wanted = tensors.ToList();
        var (_, misfits) = Match(wanted, file, rename);
        return misfits.Count > 0 ? Message(file.Name, what, misfits, wanted.Count) : null;
    }

    /// <summary>The file's key of every wanted name, and what does not fit.</summary>
    private static (Dictionary<string, string> Found, List<string> Misfits) Match(
        IEnumerable<(string Name, long[] Shape)> tensors, IWeightFile file, Func<string, string?> rename)
    {
        var wanted = tensors.ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var misfits = new List<string>();
        foreach (var key in file.Names)
        {
            var name = rename(key);
            if (name is null) continue;
            if (!wanted.TryGetValue(name, out var shape)) misfits.Add($"unexpected {key} {file.Info(key)}");
            else if (!found.TryAdd(name, key)) misfits.Add($"twice      {name}: as {found[name]} and as {key}");
            else if (!SameShape(file.Info(key).Shape, shape))
                misfits.Add($"shape      {key} is {file.Info(key)}; wanted [{string.Join(", ", shape)}]");
        }

        misfits.AddRange(wanted.Keys.Where(name => !found.ContainsKey(name))
            .Select(name => $"missing    {name} [{string.Join(", ", wanted[name])}]"));
        return (found, misfits);
    }

    private static string Message(string file, string what, List<string> misfits, int wanted) =>
        $"'{file}' does not fit {what}: {misfits.Count} of {wanted} keys.\n  {string.Join("\n  ", misfits)}";

    // A 1 × 1 convolution and a linear layer hold the same numbers: old autoencoders store one, new ones the other.
    private static bool SameShape(IReadOnlyList<long> found, long[] wanted) =>
        found.SequenceEqual(wanted) || Trim(found).SequenceEqual(Trim(wanted));

    private static IEnumerable<long> Trim(IReadOnlyList<long> shape) =>
        shape.Count == 4 && shape[2] == 1 && shape[3] == 1 ? shape.Take(2) : shape;
}
