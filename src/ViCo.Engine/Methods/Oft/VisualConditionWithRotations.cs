using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Methods.VisualCondition;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.Oft;

/// <summary>
/// ViCo with rotations in the U-Net's attentions, which let it learn longer before prompts are forgotten. Hao et al. 2023
/// (arXiv:2306.00971), figure 22.
/// </summary>
/// <remarks>No code of it was published. Noisy and reference path meet the same rotated weights; image blocks are not rotated.</remarks>
internal sealed class VisualConditionWithRotations : IMethod
{
    private readonly VisualConditionMethod _vico = new();

    public MethodOptions Options => VisualConditionOption.AllWithRotations;

    public IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords)
    {
        var rotations = Rotations.Of(model, options.Values);         // first: it may refuse its blocks
        return [.. _vico.Parts(model, options, initWords), rotations];
    }

    public LossTerms Loss(Adapted adapted, TrainingBatch batch) => _vico.Loss(adapted, batch);
}
