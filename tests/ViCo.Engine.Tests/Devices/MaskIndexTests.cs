using System.Reflection;

namespace ViCo.Engine.Tests.Devices;

/// <summary>
/// Indexing by a mask waits for the device. <c>BannedSymbols.Device.txt</c> bans the methods for it, but what bans symbols does not see
/// indexers: those are looked for in the compiled assembly.
/// </summary>
public sealed class MaskIndexTests
{
    /// <summary>The first of the members that an assembly uses of others.</summary>
    private const int FirstToken = 0x0A000001;

    [Fact]
    public void No_code_of_the_engine_indexes_by_a_tensor()
    {
        Assert.Contains(Used(typeof(MaskIndexTests).Module), ByTensor);      // here: so they would be found
        Assert.DoesNotContain(Used(typeof(TorchEngine).Module), ByTensor);

        using var scope = NewDisposeScope();
        Assert.Equal([2f], Picked(tensor([1f, 2f]), tensor([false, true])).data<float>().ToArray());
    }

    private static bool ByTensor(MethodBase method) => method.DeclaringType == typeof(Tensor)
        && method.Name.EndsWith("_TensorItems", StringComparison.Ordinal)
        && method.GetParameters().Any(p => p.ParameterType == typeof(Tensor[]));

    private static Tensor Picked(Tensor values, Tensor mask) => values[mask];

    private static List<MethodBase> Used(Module module)
    {
        var found = new List<MethodBase>();
        for (var token = FirstToken; ; token++)
        {
            try
            {
                if (module.ResolveMember(token) is MethodBase method) found.Add(method);
            }
            catch (ArgumentOutOfRangeException)
            {
                return found;
            }
            catch (Exception e) when (e is ArgumentException or BadImageFormatException)
            {
                // A member of a generic type means nothing without its arguments; Tensor is none.
            }
        }
    }
}
