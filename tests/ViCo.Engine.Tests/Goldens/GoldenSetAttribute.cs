namespace ViCo.Engine.Tests.Goldens;

/// <summary>Says that a test class runs the cases of a golden folder. Folders that no class names are reported as skipped.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class GoldenSetAttribute(string folder) : Attribute
{
    public string Folder { get; } = folder;
}
