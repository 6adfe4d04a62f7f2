using System.Runtime.CompilerServices;

namespace ViCo.Engine.Tests;

internal static class QuietTorch
{
    [ModuleInitializer]
    internal static void BeforeAnyTest()
    {
        TorchRuntime.WaitPassively();
        TorchRuntime.Quiet();
    }
}
