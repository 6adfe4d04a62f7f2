using System.Collections.Concurrent;
using ViCo.Grains.Models;
using ViCo.Text;

namespace ViCo.Gateway.Models;

/// <summary>The tokenizers of the base models, each read once.</summary>
internal sealed class Tokenizers(ModelShelf models)
{
    private readonly ConcurrentDictionary<string, ClipTokenizer> _read = new();

    /// <summary>The tokenizer of a model, or null when its files were not told of.</summary>
    public async Task<ClipTokenizer?> FindAsync(ModelInfo model)
    {
        if (!model.HasTokenizer) return null;
        if (_read.TryGetValue(model.Digest, out var known)) return known;
        Dictionary<string, byte[]?> files = [];
        foreach (var name in ClipTokenizer.Files) files.Add(name, await models.TokenizerFileAsync(model.Digest, name));
        return _read.GetOrAdd(model.Digest, ClipTokenizer.Read(model.Name, files.GetValueOrDefault));
    }
}
