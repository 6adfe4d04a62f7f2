using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Methods.Parts;

/// <summary>
/// The noisy side of ViCo: after each text block that has an image block, tokens attend to the reference's object. The samples of a
/// pass may have blocks of different concepts.
/// </summary>
internal sealed class ImageAttention : IBlockVisitor
{
    private readonly List<(ImageCrossAttention Blocks, ReferenceView References)> _seats = [];

    /// <summary>The one of a pass, which is added to it if it has none.</summary>
    public static ImageAttention In(Adaptation pass)
    {
        if (pass.Blocks.OfType<ImageAttention>().FirstOrDefault() is { } there) return there;
        var attention = new ImageAttention();
        pass.Blocks.Add(attention);
        return attention;
    }

    /// <summary>Lets some samples look at references through a concept's blocks.</summary>
    public ImageAttention Add(ImageCrossAttention blocks, ReferenceView references)
    {
        _seats.Add((blocks, references));
        return this;
    }

    public Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap)
    {
        var changed = new List<(Rows, Tensor)>();
        foreach (var (blocks, references) in _seats)
        {
            if (blocks[block] is { } image)
                changed.Add((references.Samples, image.call(references.Samples.Pick(tokens), references.ByBlock[block])));
        }
        return changed.Count == 0 ? tokens : Rows.Put(tokens, changed);
    }
}
