using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Engine;

/// <summary>Each option that only some methods have changes what is learned with it, or what is drawn.</summary>
[Collection("tiny")]
public sealed class MethodOptionTests(TinyEngine tiny)
{
    private static readonly (string Method, OptionValues Options)[] Changes =
    [
        ("textual-inversion", OptionValues.None.With(TextualInversionOption.Vectors, 2)),
        ("catversion", OptionValues.None.With(CatVersionOption.PrefixLearningRate, 0.5)),
        ("catversion", OptionValues.None.With(CatVersionOption.PrefixLayers, 2)),
        ("catversion", OptionValues.None.With(CatVersionOption.PrefixLength, 2)),
        ("catversion", OptionValues.None.With(CatVersionOption.PrefixBias, 0)),
        ("catversion", OptionValues.None.With(CatVersionOption.PrefixInUnconditional, true)),
        ("dreambooth-lora", OptionValues.None.With(DreamBoothOption.Identifier, "cube")),
        ("dreambooth-lora", OptionValues.None.With(LowRankOption.LoraLearningRate, 0.01)),
        ("dreambooth-lora", OptionValues.None.With(LowRankOption.Rank, 2)),
        ("dreambooth-lora", OptionValues.None.With(LowRankOption.Alpha, 8)),
        ("dreambooth-lora", OptionValues.None.With(LowRankOption.LoraTargets, ["attn2.to_k", "proj_in"])),
        ("dreambooth-lora", OptionValues.None.With(LowRankOption.LoraText, true)),
        ("dreambooth-lora-prior", OptionValues.None.With(PriorOption.PriorWeight, 0.1)),
        ("dreambooth-lora-prior", OptionValues.None.With(PriorOption.PriorPictures, 2)),
        ("dreambooth-lora-prior", OptionValues.None.With(PriorOption.PriorPrompt, "a drawing of a cup")),
        ("custom-diffusion", OptionValues.None.With(CustomDiffusionOption.CustomLearningRate, 0.01)),
        ("custom-diffusion", OptionValues.None.With(CustomDiffusionOption.CustomLayers, CustomDiffusionOption.WholeAttention)),
        ("custom-diffusion", OptionValues.None.With(CustomDiffusionOption.VarySize, false)),
        ("oft", OptionValues.None.With(OftOption.OftLearningRate, 0.01)),
        ("oft", OptionValues.None.With(OftOption.OftBlocks, 2)),
        ("oft", OptionValues.None.With(OftOption.OftShared, true)),
        ("oft", OptionValues.None.With(OftOption.OftLimit, 1e-7)),
        ("oft", OptionValues.None.With(OftOption.OftTerms, 5)),
        ("dreambooth", OptionValues.None.With(DreamBoothOption.NetworkLearningRate, 0.01)),
        ("dreambooth-lora", OptionValues.None.With(DenoisingOption.ClipNorm, 1e-9)),
        ("dreambooth-lora", OptionValues.None.With(DenoisingOption.OffsetNoise, 0.1)),
        ("dreambooth-lora", OptionValues.None.With(DenoisingOption.MinSnr, 5)),
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The options that are tried here.</summary>
    internal static IEnumerable<string> Names => Changes.Select(c => c.Options.Pairs.Single().Key);

    public static TheoryData<int, string> Options() =>
        [.. Changes.Select((c, i) => new TheoryDataRow<int, string>(i, $"{c.Method} {c.Options}"))];

    [Theory]
    [MemberData(nameof(Options))]
    public async Task An_option_of_a_method_changes_what_is_learned_or_drawn(int which, string option)
    {
        var (method, change) = Changes[which];
        Assert.NotNull(KnownMethods.All.Named(method).Options.Options.Find(change.Pairs.Single().Key));
        var (usual, changed) = (await OutcomeAsync(method, OptionValues.None), await OutcomeAsync(method, change));
        Assert.True(usual.Learned != changed.Learned || usual.Drawn != changed.Drawn, option);
    }

    private async Task<(string Learned, string Drawn)> OutcomeAsync(string method, OptionValues options)
    {
        var recorder = new Recorder();
        // Few pictures of the class, unless that is what is tried.
        var quick = OptionValues.None.With(TrainingOption.Method, method).With(TrainingOption.BatchSize, 2)
            .With(PriorOption.PriorPictures, 3);
        await tiny.Engine.TrainAsync(Teapot.Training(2, options.Over(quick)), recorder, Stop);
        var checkpoint = recorder.Checkpoints[^1].Bytes;
        var request = new GenerationRequest(checkpoint.Stored(), [], "a photo of a *", [1]).With(SamplingOption.SamplingSteps, 2);
        var picture = await tiny.Engine.GenerateAsync(request, new Recorder(), Stop);
        using var scope = NewDisposeScope();
        using IWeightFile file = SafetensorsFile.FromBytes(checkpoint, "checkpoint");
        return (string.Join('\n', file.Names.Select(n => $"{n} {file.Info(n)} {Convert.ToBase64String(file.Load(n).bytes)}")),
            Convert.ToBase64String(PictureCodec.Decode(picture[0].Png.ToArray(), "picture").Rgb));
    }
}
