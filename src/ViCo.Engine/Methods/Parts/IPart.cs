using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;

namespace ViCo.Engine.Methods.Parts;

/// <summary>A piece of a concept: learned tensors, and what they add to a pass through the frozen networks. Owns its tensors.</summary>
/// <remarks>
/// A part is made without numbers: <see cref="Create"/> gives it those to train from, <see cref="Fill"/> those of a
/// file. Both put them on the model's device.
/// </remarks>
internal interface IPart : IDisposable
{
    /// <summary>Every learned tensor under its name in our file.</summary>
    IReadOnlyList<(string Name, Parameter Parameter)> Tensors { get; }

    /// <summary>AdamW's rate while it is trained.</summary>
    double LearningRate { get; }

    /// <summary>Whether every step has a gradient for each of the tensors.</summary>
    bool LearnsEveryStep => false;

    /// <summary>
    /// Whether it changes what the networks make of a text that does not name the concept; nothing computed so serves another concept.
    /// </summary>
    bool TouchesOtherTexts => false;

    /// <summary>Whether other concepts can have rows in a pass beside this one's.</summary>
    bool SharesPasses => true;

    /// <summary>What other programs read in a file's header to use its tensors.</summary>
    IReadOnlyDictionary<string, string> HeaderEntries => System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;

    /// <summary>Starting values, to be trained from.</summary>
    /// <param name="random">Parts draw from it in their concept's order.</param>
    /// <exception cref="ArgumentException">They cannot be made; the message says why.</exception>
    void Create(Generator random);

    /// <summary>The numbers of a file that has them all, frozen.</summary>
    void Fill(IWeightFile file)
    {
        using var noGrad = no_grad();
        foreach (var (name, parameter) in Tensors)
        {
            using var scope = NewDisposeScope();
            parameter.copy_(file.Load(name).view(parameter.shape));
            parameter.requires_grad = false;
        }
    }

    /// <summary>Brings its numbers back to where they may be, after the optimizer has moved them.</summary>
    void Moved()
    {
    }

    /// <summary>Takes part in a pass, on the concept's rows alone.</summary>
    void Join(Adaptation pass, Share share);
}
