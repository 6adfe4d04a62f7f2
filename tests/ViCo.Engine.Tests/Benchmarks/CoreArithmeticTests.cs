using ViCo.Benchmarks.Machines;

namespace ViCo.Engine.Tests;

/// <summary>Peaks of a core by kind, as its maker's documents have them and as instructions were timed.</summary>
public sealed class CoreArithmeticTests
{
    private const VectorInstructions Avx2 = VectorInstructions.Sse | VectorInstructions.Avx2Fma;
    private const VectorInstructions Avx512 = Avx2 | VectorInstructions.Avx512;
    private const VectorInstructions Avx512Bf16 = Avx512 | VectorInstructions.Avx512BFloat16;
    private const VectorInstructions Amx = Avx512Bf16 | VectorInstructions.AmxBFloat16;

    public static TheoryData<string, int, int?, string, double, double, bool> Kinds() => new()
    {
        // what, instructions, AMD's family, vectors, float32 and bfloat16 operations a cycle, bf16 instructions
        { "an unknown one", (int)VectorInstructions.None, null, "no vectors known", 2, 2, false },
        { "Nehalem", (int)VectorInstructions.Sse, null, "SSE", 8, 8, false },
        { "Haswell and after", (int)Avx2, null, "AVX2 + FMA", 32, 32, false },
        { "Skylake-SP", (int)Avx512, null, "AVX-512", 64, 64, false },
        { "Sapphire Rapids with AMX hidden", (int)Avx512Bf16, null, "AVX-512, AVX512-BF16", 64, 32, true },
        { "Sapphire Rapids", (int)Amx, null, "AVX-512, AVX512-BF16, AMX-BF16", 64, 1024, true },
        { "Zen 3", (int)Avx2, 0x19, "AVX2 + FMA", 32, 32, false },
        { "Zen 4", (int)Avx512Bf16, 0x19, "AVX-512, AVX512-BF16", 32, 64, true },
        { "Zen 5", (int)Avx512Bf16, 0x1A, "AVX-512, AVX512-BF16", 64, 128, true },
        { "Arm", (int)VectorInstructions.Neon, null, "NEON (128 bit)", 16, 32, true },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_core_has_the_peak_of_its_kind(string what, int has, int? amdFamily, string vectors, double flops32, double flops16,
        bool bf16) =>
        Assert.Equal((what, new CoreArithmetic(vectors, flops32, flops16, bf16)),
            (what, CoreArithmetic.Of((VectorInstructions)has, amdFamily)));

    [Fact]
    public void Where_bf16_is_no_quicker_a_sentence_says_so()
    {
        Assert.Contains("memory here, not speed", CoreArithmetic.Of(Avx512Bf16, null).BFloat16Caveat, StringComparison.Ordinal);
        Assert.Contains("no bf16 instructions", CoreArithmetic.Of(Avx512, null).BFloat16Caveat, StringComparison.Ordinal);
        Assert.Null(CoreArithmetic.Of(Amx, null).BFloat16Caveat);
        Assert.Null(CoreArithmetic.Of(Avx512Bf16, 0x19).BFloat16Caveat);
    }

    [Fact]
    public void This_machine_has_a_peak() => Assert.InRange(CoreArithmetic.Detect().Flops32, 2, 64);
}
