namespace ViCo.Gateway.OpenAi;

/// <param name="Object">Always <c>list</c>.</param>
internal sealed record ModelCards(string Object, IReadOnlyList<ModelCard> Data);
