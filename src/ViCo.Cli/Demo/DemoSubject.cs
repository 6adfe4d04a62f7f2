using ViCo.Engine;

namespace ViCo.Cli.Demo;

/// <summary>What a demo learns, and where it draws it.</summary>
/// <param name="Prompts">With <c>*</c> for the object.</param>
internal sealed record DemoSubject(string Name, IReadOnlyList<PhotoFile> Photos, string InitWord, IReadOnlyList<string> Prompts);
