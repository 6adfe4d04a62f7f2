namespace ViCo.Engine.Tests;

/// <summary>Checks that take minutes run with <c>VICO_LONG=1</c> in the environment (<c>vico test --long</c>).</summary>
internal static class LongRun
{
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("VICO_LONG") is "1";

    /// <summary>Skips the test unless long runs are on.</summary>
    public static void Only(string why) => Assert.SkipUnless(IsOn, $"{why}; set VICO_LONG=1 to run it.");
}
