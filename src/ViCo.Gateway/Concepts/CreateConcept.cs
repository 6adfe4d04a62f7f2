namespace ViCo.Gateway.Concepts;

/// <param name="Name">Shown to people; 1 to 80 characters.</param>
/// <param name="InitWord">One word near the object's class, such as <c>teapot</c>.</param>
/// <param name="Objects">In place of <c>initWord</c>: 1 to 4 objects to learn together. Number k of them is <c>&lt;k&gt;</c> in
/// prompts where there are several.</param>
/// <param name="User">The front-end's own user it is made for: 1 to 64 visible ASCII characters.</param>
/// <param name="Tags">Words to find it by, at most 16.</param>
/// <param name="Metadata">What a front-end wants to remember with it: at most 16 texts by name.</param>
internal sealed record CreateConcept(
    string Name, string? InitWord = null, IReadOnlyList<ConceptObject?>? Objects = null, string? User = null,
    IReadOnlyList<string>? Tags = null,
    IReadOnlyDictionary<string, string>? Metadata = null);
