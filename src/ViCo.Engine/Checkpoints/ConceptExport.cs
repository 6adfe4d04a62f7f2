using System.Globalization;
using ViCo.Engine.Checkpoints.Pickle;

namespace ViCo.Engine.Checkpoints;

/// <summary>Writes a concept as other programs read it.</summary>
internal static class ConceptExport
{
    /// <summary>Id of <c>*</c> in CLIP's vocabulary, which Textual Inversion's files carry beside the vectors.</summary>
    private const long Asterisk = 265;

    /// <summary>The 80 tensors of ViCo's official code, by its names.</summary>
    public static void WriteCrossAttention(Stream output, ConceptWeights concept)
    {
        var dict = new PickleDict();
        foreach (var (name, tensor) in concept.ImageBlocks)
            dict.Set(name, tensor);
        TorchFileWriter.Write(output, dict);
    }

    /// <summary>The embedding of ViCo's official code and of Textual Inversion: the token and a ParameterDict, both by placeholder.</summary>
    public static void WriteEmbeddings(Stream output, ConceptWeights concept)
    {
        using var token = tensor(Asterisk);
        TorchFileWriter.Write(output, Dict(
            ("string_to_token", Dict(("*", token))),
            ("string_to_param", new PickleObject("torch.nn.modules.container.ParameterDict", new([])) { State = ModuleState(concept.Embedding) })));
    }

    /// <summary>diffusers' <c>learned_embeds.bin</c>.</summary>
    public static void WriteLearnedEmbedsBin(Stream output, ConceptWeights concept, string placeholder) =>
        TorchFileWriter.Write(output, Dict((placeholder, concept.Embedding)));

    /// <summary>diffusers' <c>learned_embeds.safetensors</c>.</summary>
    public static void WriteLearnedEmbedsSafetensors(Stream output, ConceptWeights concept, string placeholder) =>
        SafetensorsWriter.Write(output, [new(placeholder, concept.Embedding)], new Dictionary<string, string> { ["format"] = "pt" });

    /// <summary>The web UI's (A1111) <c>.pt</c>.</summary>
    /// <param name="name">What prompts call it there.</param>
    public static void WriteWebUi(Stream output, ConceptWeights concept, string name) =>
        TorchFileWriter.Write(output, Dict(
            ("string_to_token", Dict(("*", Asterisk))), ("string_to_param", Dict(("*", concept.Embedding))), ("name", name),
            ("step", concept.Step is { } step ? (long)step : null), ("sd_checkpoint", null), ("sd_checkpoint_name", null)));

    /// <summary>Upstream's number for a count of completed steps: it counts from 0, and its 399 is our 400.</summary>
    public static string UpstreamStep(int completed) => Math.Max(completed - 1, 0).ToString(CultureInfo.InvariantCulture);

    /// <summary>What PyTorch 1.13 pickles of a ParameterDict; older and newer ones take what they know of it and make the rest.</summary>
    private static PickleDict ModuleState(Tensor embedding)
    {
        var parameters = new PickleDict { IsOrdered = true };
        parameters.Set("*", new PickleParameter(embedding));
        var state = Dict(
            ("training", true), ("_parameters", parameters), ("_buffers", new PickleDict { IsOrdered = true }),
            ("_non_persistent_buffers_set", new PickleObject("__builtin__.set", new([new PickleList()]))),
            ("_backward_hooks", new PickleDict { IsOrdered = true }), ("_is_full_backward_hook", null));
        foreach (var name in new[]
        {
            "_forward_hooks", "_forward_pre_hooks", "_state_dict_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks", "_modules",
        })
            state.Set(name, new PickleDict { IsOrdered = true });
        state.Set("_keys", Dict(("*", null)));
        return state;
    }

    private static PickleDict Dict(params ReadOnlySpan<(string Key, object? Value)> entries)
    {
        var dict = new PickleDict();
        foreach (var (key, value) in entries)
            dict.Set(key, value);
        return dict;
    }
}
