using ViCo.Engine.Methods;
using ViCo.Text;

namespace ViCo.Engine.Training;

/// <summary>What a user would want to know before a training's first step: it is allowed, but will give less.</summary>
internal static class TrainingAdvice
{
    public static IReadOnlyList<string> On(TrainingRequest request, ClipTokenizer tokenizer, string baseModel) =>
        [.. request.Objects.SelectMany((o, k) => OnPhotos(o.Photos.Count).Concat(OnInitWord(o.InitWord, tokenizer, baseModel))
            .Select(advice => request.Others.Count == 0 ? advice : $"Object {k + 1} ({o.InitWord}): {advice}"))];

    /// <summary>Rates of nothing.</summary>
    public static IReadOnlyList<string> OnRates(IEnumerable<ParameterGroup> groups) =>
        groups.All(group => group.LearningRate == 0 || group.Tensors.Count == 0) ? ["Every learning rate is 0: nothing will be learned."]
            : [];

    /// <summary>Too few photos: ViCo's paper finds that prompts are followed less with one or two.</summary>
    public static IReadOnlyList<string> OnPhotos(int photos) => photos switch
    {
        1 => ["One photo is target and reference at once: the object comes out much as it stands there, whatever the prompt asks. 4 "
            + "to 7 photos work best."],
        2 => ["Two photos: prompts are followed less than with 4 to 7."],
        _ => [],
    };

    private static IReadOnlyList<string> OnInitWord(string word, ClipTokenizer tokenizer, string baseModel) =>
        InitWordAdvice.On(word, tokenizer.Tokenize(word).Count, baseModel) is { } advice ? [advice] : [];
}
