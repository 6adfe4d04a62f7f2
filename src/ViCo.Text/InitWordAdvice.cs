namespace ViCo.Text;

/// <summary>What is said of an init word, while it is typed and when the training begins.</summary>
public static class InitWordAdvice
{
    /// <summary>Why another word may do better, or null.</summary>
    /// <param name="tokens">How many the base model reads it as.</param>
    public static string? On(string word, int tokens, string baseModel) => tokens > 1
        ? $"Base model '{baseModel}' does not know the init word '{word}' as one token: S* starts from the mean of its {tokens}. A "
            + $"word it knows, such as object, may do better."
        : null;
}
