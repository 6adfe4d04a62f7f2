using System.Runtime.CompilerServices;
using ViCo.Engine;

namespace ViCo.Tests;

internal static class QuietTorch
{
    [ModuleInitializer]
    internal static void BeforeAnyTest()
    {
        TorchRuntime.WaitPassively();
        TorchRuntime.Quiet();
    }
}
