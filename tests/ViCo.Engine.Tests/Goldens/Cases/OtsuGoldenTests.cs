using ViCo.Engine.Methods.Parts;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("otsu")]
public sealed class OtsuGoldenTests
{
    public static TheoryData<string> Cases() => GoldenCase.In("otsu");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Masks_are_exactly_the_stored_ones(string name)
    {
        using var golden = GoldenCase.Open(name);
        var bins = GoldenNetworks.Int(golden.Config, "bins");
        foreach (var output in golden.OutputNames)
        {
            using var scope = NewDisposeScope();
            var map = golden.Input(output.Replace(".mask", ".map", StringComparison.Ordinal));
            golden.Check(output, Otsu.Mask(map.unsqueeze(0), bins).squeeze(0));
        }
    }
}
