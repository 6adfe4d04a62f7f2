using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ViCo.Benchmarks.Machines;

/// <summary>Instructions that matrix products are made of.</summary>
[Flags]
internal enum VectorInstructions
{
    None = 0,
    Neon = 1,
    Sse = 2,
    Avx2Fma = 4,
    Avx512 = 8,
    Avx512BFloat16 = 16,
    AmxBFloat16 = 32,
}

/// <summary>What one core could compute at best in a cycle; a fused multiply-add counts as two operations.</summary>
/// <remarks>
/// Two multiply-add units of the full vector width are taken for granted, as server cores have them; those with one reach half.
/// </remarks>
/// <param name="Vectors">The widest vectors, in words.</param>
/// <param name="Flops32">float32 operations.</param>
/// <param name="Flops16">bfloat16 products summed in float32.</param>
/// <param name="MultipliesBFloat16">Whether there are instructions for bfloat16 products; without,
/// libtorch has a plain loop for them.</param>
public sealed record CoreArithmetic(string Vectors, double Flops32, double Flops16, bool MultipliesBFloat16)
{
    /// <summary>A tile instruction multiplies and adds 16 × 16 × 32 pairs; one starts every 16 cycles.</summary>
    private const double FlopsAmx = 2 * 16 * 16 * 32 / 16;

    /// <summary>
    /// The first family of AMD's processors (Zen 5) whose multiply-add units are 512 bits wide; before,
    /// two of 256 bits share such an operation.
    /// </summary>
    private const int FirstWideAmdFamily = 0x1A;

    /// <summary>What is to be said of bfloat16 on such cores, in a sentence; null: it is the quicker format.</summary>
    public string? BFloat16Caveat =>
        !MultipliesBFloat16 ? "this processor has no bf16 instructions, so that bf16 gains memory only and computes slower than fp32"
        : Flops16 < Flops32 ? "bf16 gains memory here, not speed: without AMX, this processor multiplies bf16 at half the rate of fp32"
        : null;

    /// <summary>The cores of this machine.</summary>
    public static CoreArithmetic Detect()
    {
        if (!X86Base.IsSupported) return Of(AdvSimd.IsSupported ? VectorInstructions.Neon : VectorInstructions.None, null);
        const int features = 7, avx512Bf16Bit = 1 << 5, amxBf16Bit = 1 << 22;
        var hasFeatures = X86Base.CpuId(0, 0).Eax >= features;
        var has = VectorInstructions.Sse;                        // every x64 processor has it
        if (Avx2.IsSupported && Fma.IsSupported) has |= VectorInstructions.Avx2Fma;
        if (Avx512F.IsSupported) has |= VectorInstructions.Avx512;
        if (hasFeatures && (X86Base.CpuId(features, 1).Eax & avx512Bf16Bit) != 0) has |= VectorInstructions.Avx512BFloat16;
        if (hasFeatures && (X86Base.CpuId(features, 0).Edx & amxBf16Bit) != 0) has |= VectorInstructions.AmxBFloat16;
        return Of(has, AmdFamily());
    }

    /// <param name="amdFamily">Of a processor by AMD; null: of another's.</param>
    internal static CoreArithmetic Of(VectorInstructions has, int? amdFamily)
    {
        if (has == VectorInstructions.None) return new("no vectors known", 2, 2, MultipliesBFloat16: false);
        if (has.HasFlag(VectorInstructions.Neon)) return new("NEON (128 bit)", 2 * 4 * 2, 2 * 8 * 2, MultipliesBFloat16: true);
        var names = new List<string>
        {
            has.HasFlag(VectorInstructions.Avx512) ? "AVX-512" : has.HasFlag(VectorInstructions.Avx2Fma) ? "AVX2 + FMA" : "SSE",
        };
        if (has.HasFlag(VectorInstructions.Avx512BFloat16)) names.Add("AVX512-BF16");
        if (has.HasFlag(VectorInstructions.AmxBFloat16)) names.Add("AMX-BF16");

        var lanes = has.HasFlag(VectorInstructions.Avx512) && amdFamily is null or >= FirstWideAmdFamily ? 16 : 8;
        double flops32 = has.HasFlag(VectorInstructions.Avx2Fma) ? 2 * lanes * 2 : 8;
        // An instruction for bf16 pairs has twice the products of a float32 one; AMD issues it as often, Intel a quarter as often.
        var flops16 = has.HasFlag(VectorInstructions.AmxBFloat16) ? FlopsAmx
            : has.HasFlag(VectorInstructions.Avx512BFloat16) ? flops32 * (amdFamily is null ? 0.5 : 2)
            : flops32;
        return new(string.Join(", ", names), flops32, flops16, has.HasFlag(VectorInstructions.Avx512BFloat16)
            || has.HasFlag(VectorInstructions.AmxBFloat16));
    }

    private static int? AmdFamily()
    {
        const int authenticAmd = 0x68747541;                     // "Auth" of "AuthenticAMD", the first four letters
        if (X86Base.CpuId(0, 0).Ebx != authenticAmd) return null;
        var signature = X86Base.CpuId(1, 0).Eax;
        var family = signature >> 8 & 0xF;
        return family == 0xF ? family + (signature >> 20 & 0xFF) : family;
    }
}
