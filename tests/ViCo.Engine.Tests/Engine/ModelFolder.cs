using System.Text.Json.Nodes;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;

namespace ViCo.Engine.Tests.Engine;

/// <summary>A base model's folder that a test writes itself, with the toybox's files where it asks for no others.</summary>
internal sealed class ModelFolder : IDisposable
{
    private const string Parts = "model_index.json";

    public string Path { get; } = Directory.CreateTempSubdirectory("vico-model").FullName;

    /// <summary>Takes parts of the toybox as they are, such as <c>tokenizer</c>.</summary>
    public void TakeFromToybox(params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts) Take(Repository.PathOf("models", "toybox", part), part);
    }

    /// <summary>Takes every part of another folder as it is; only <c>vico.json</c> is this one's own.</summary>
    public void TakeFrom(ModelFolder other)
    {
        foreach (var part in Directory.EnumerateDirectories(other.Path)) Take(part, System.IO.Path.GetFileName(part));
        File.Copy(In(other.Path, Parts), In(Path, Parts));
    }

    /// <summary>Takes a file as a part's.</summary>
    public void Take(string file, string part, string name)
    {
        Directory.CreateDirectory(In(Path, part));
        File.Copy(file, In(Path, part, name), overwrite: true);
    }

    /// <summary>Writes <c>vico.json</c>, and the list of parts.</summary>
    public void Describe(string json)
    {
        File.WriteAllText(In(Path, "vico.json"), json);
        File.Copy(Repository.PathOf("models", "toybox", Parts), In(Path, Parts), overwrite: true);
    }

    /// <summary>Writes a network of another size: the toybox's configuration with changes, and weights.</summary>
    /// <param name="file">Name of the weights.</param>
    /// <param name="fill">Gives the network its numbers.</param>
    public void Write(
        string part, string file, Func<ConfigJson, nn.Module> build, Action<nn.Module> fill,
        params ReadOnlySpan<(string Key, JsonNode Value)> changes)
    {
        Directory.CreateDirectory(In(Path, part));
        var config = JsonNode.Parse(File.ReadAllText(Repository.PathOf("models", "toybox", part, "config.json")))!.AsObject();
        foreach (var (key, value) in changes) config[key] = value;
        var path = In(Path, part, "config.json");
        File.WriteAllText(path, config.ToJsonString());

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var module = build(ConfigJson.Read(path));
        fill(module);
        File.WriteAllBytes(In(Path, part, file), SafetensorsWriter.ToBytes(module.state_dict(), new Dictionary<string, string>()));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static string In(params ReadOnlySpan<string> parts) => System.IO.Path.Combine(parts);

    private void Take(string folder, string part)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) Take(file, part, System.IO.Path.GetFileName(file));
    }
}
