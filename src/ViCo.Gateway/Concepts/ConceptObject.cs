namespace ViCo.Gateway.Concepts;

/// <param name="InitWord">One word near the object's class.</param>
internal sealed record ConceptObject(string InitWord);
