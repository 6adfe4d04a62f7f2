using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using ViCo.Text;

namespace ViCo.Engine.Models;

/// <summary>
/// The guests of one pass through the frozen networks: what parts of concepts add, each to its own rows of the batch, and what watches.
/// </summary>
/// <remarks>
/// Made for a pass and forgotten after it. It owns none of its guests' tensors. The networks ask it at fixed
/// places and do nothing extra where nobody sits.
/// </remarks>
/// <param name="blocks">Guests at the U-Net's transformer blocks, in the order in which they take their turns.</param>
internal sealed class Adaptation(params IEnumerable<IBlockVisitor> blocks)
{
    private readonly Dictionary<Module, LayerGuests> _layers = new(ReferenceEqualityComparer.Instance);
    private readonly List<(Rows Prompts, ITextPrefix Prefix)> _prefixes = [];

    /// <summary>
    /// Whether the U-Net keeps only what lies between its blocks for the backward pass, and computes the rest again there.
    /// </summary>
    public bool Recomputes { get; init; }

    /// <summary>The texts of the pass, row by row.</summary>
    public IReadOnlyList<TokenizedPrompt> Prompts { get; init; } = [];

    /// <summary>What stands for placeholder ids.</summary>
    public PlaceholderTable Placeholders { get; } = new();

    /// <summary>Guests at the U-Net's transformer blocks.</summary>
    public List<IBlockVisitor> Blocks { get; } = [.. blocks];

    /// <summary>Rows of text in front of the keys and values of the text tower's layers.</summary>
    public IReadOnlyList<(Rows Prompts, ITextPrefix Prefix)> TextPrefixes => _prefixes;

    /// <summary>A U-Net that does the whole pass in place of the base model's; null: the base model's.</summary>
    public UNet2DConditionModel? UNet { get; set; }

    /// <summary>A text tower that reads the pass's texts in place of the base model's; null: the base model's.</summary>
    public CLIPTextModel? TextEncoder { get; set; }

    /// <summary>True once nothing further of the pass is wanted.</summary>
    public bool Done => Blocks.Any(b => b.Done);

    /// <summary>How many samples, from the first, go on after the running layer; null: all of them.</summary>
    public long? Staying => Blocks.Min(b => b.Staying);

    /// <summary>
    /// Adds a guest at a layer: a <see cref="Projection"/> of either network, or a convolution before or after a transformer block.
    /// </summary>
    public void Join(Module layer, Share share, ILayerGuest guest) => At(layer).Add(share, guest);

    /// <summary>Lets something run in a layer's place, for all rows; guests of the layer take part as before.</summary>
    public void StandIn(Module layer, Func<Tensor, Tensor> instead) => At(layer).Instead = instead;

    /// <summary>Adds rows of text in front of keys and values.</summary>
    public void Join(Rows prompts, ITextPrefix prefix) => _prefixes.Add((prompts, prefix));

    /// <summary>The guests of a layer, or null where it has none.</summary>
    public LayerGuests? GuestsAt(Module layer) => _layers.Count == 0 ? null : _layers.GetValueOrDefault(layer);

    private LayerGuests At(Module layer)
    {
        if (!_layers.TryGetValue(layer, out var guests)) _layers[layer] = guests = new();
        return guests;
    }

    /// <summary>What a transformer block's text attention must give besides its tokens.</summary>
    public TextMap MapOf(int block)
    {
        var most = TextMap.None;
        foreach (var guest in Blocks)
        {
            if (guest.MapOf(block) is var wanted && wanted > most) most = wanted;
        }
        return most;
    }

    /// <summary>Which tokens a block merges; the first guest that says so decides.</summary>
    public BlockMerge? Merge(int block, Tensor tokens, long height, long width)
    {
        foreach (var guest in Blocks)
        {
            if (guest.Merge(block, tokens, height, width) is { } merge) return merge;
        }
        return null;
    }

    /// <summary>A block's tokens after every guest's turn.</summary>
    public Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap)
    {
        foreach (var guest in Blocks) tokens = guest.AfterTextBlock(block, tokens, textMap);
        return tokens;
    }
}
