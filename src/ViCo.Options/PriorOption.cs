namespace ViCo.Options;

/// <summary>What methods may be told that learn from pictures of the object's class too, so as not to forget it.</summary>
public static class PriorOption
{
    /// <summary>Weight of the class in the loss.</summary>
    public static Option<double> PriorWeight { get; } = Option.Number(
        "priorWeight", 0, 1000, 1, "How much the class's pictures weigh beside the object's photos. More keeps other objects as they were.")
        with { Since = 2, Expert = true };

    /// <summary>Pictures of the class.</summary>
    public static Option<int> PriorPictures { get; } = Option.Integer(
        "priorPictures", 1, 10_000, 100,
        "Pictures of each object's class that the base model draws before the training. More take longer, and are kept for the next.")
        with { Since = 2, Expert = true };

    /// <summary>What they are drawn and learned with.</summary>
    public static Option<string> PriorPrompt { get; } = Option.Text(
        "priorPrompt", 1000, "", "What the class's pictures are drawn and learned with. By default \"a photo of a\" and the init word.")
        with { Since = 2, Expert = true };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OptionSpec> All { get; } = [PriorWeight, PriorPictures, PriorPrompt];
}
