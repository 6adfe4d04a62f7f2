using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;

namespace ViCo.Engine.Methods.TextualInversion;

/// <summary>The dictionaries of Textual Inversion's own file, which ViCo's official code and the web UI took over.</summary>
internal static class StringToParam
{
    /// <summary>Id of <c>*</c> in CLIP's vocabulary, which Textual Inversion's files carry beside the vectors.</summary>
    private const long Asterisk = 265;

    /// <summary>
    /// Textual Inversion's file, which upstream's embeddings_gs and the web UI's .pt share: a dict or ParameterDict by placeholder.
    /// </summary>
    public static ConceptPiece? Read(IWeightFile weights)
    {
        if (weights is not TorchFile { Root: PickleDict dict } file || !dict.TryGet("string_to_param", out var parameters)) return null;
        if (parameters is PickleObject { State: PickleDict state })
            parameters = state.TryGet("_parameters", out var inner) ? inner : null;
        if (parameters is not PickleDict { Entries: [(string word, PickleTensor tensor)] })
            throw ConceptImport.Unknown(file, "its string_to_param does not hold exactly one placeholder");
        // The web UI writes '*' there and the user's name beside it.
        var name = dict.TryGet("name", out var given) && given is string text ? text : word;
        var step = dict.TryGet("step", out var counted) && counted is long and > 0 and <= int.MaxValue ? (int?)(long)counted : null;
        return new(ConceptImport.Vectors(file.Load(tensor), file.Name), ConceptWeights.None, step, name);
    }

    /// <summary>
    /// The embedding of ViCo's official code and of Textual Inversion: the token and a ParameterDict, both by placeholder.
    /// </summary>
    public static void WriteEmbeddings(Stream output, ConceptWeights concept)
    {
        using var token = NewTensor.Of(Asterisk, CPU);
        TorchFileWriter.Write(output, Dict(
            ("string_to_token", Dict(("*", token))),
            ("string_to_param",
                new PickleObject("torch.nn.modules.container.ParameterDict", new([])) { State = ModuleState(concept.Word) })));
    }

    /// <summary>The web UI's (A1111) <c>.pt</c>.</summary>
    /// <param name="name">What prompts call it there.</param>
    public static void WriteWebUi(Stream output, ConceptWeights concept, string name) =>
        TorchFileWriter.Write(output, Dict(
            ("string_to_token", Dict(("*", Asterisk))), ("string_to_param", Dict(("*", concept.Word))), ("name", name),
            ("step", concept.Step is { } step ? (long)step : null), ("sd_checkpoint", null), ("sd_checkpoint_name", null)));

    /// <summary>A dictionary in the order of its entries.</summary>
    public static PickleDict Dict(params ReadOnlySpan<(string Key, object? Value)> entries)
    {
        var dict = new PickleDict();
        foreach (var (key, value) in entries)
            dict.Set(key, value);
        return dict;
    }

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
            "_forward_hooks", "_forward_pre_hooks", "_state_dict_hooks", "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks",
            "_modules",
        })
            state.Set(name, new PickleDict { IsOrdered = true });
        state.Set("_keys", Dict(("*", null)));
        return state;
    }
}
