using ViCo.Engine.Training;
using ViCo.Text;

namespace ViCo.Engine.Methods;

/// <summary>Says what is trained and what the loss is; the training loop knows nothing else of a method.</summary>
internal interface IPersonalizationMethod
{
    /// <summary>Trainable tensors by learning rate.</summary>
    IReadOnlyList<ParameterGroup> ParameterGroups { get; }

    /// <summary>The loss of one batch, differentiable; in the caller's scope.</summary>
    LossParts Loss(TrainingBatch batch);
}

/// <summary>What one training step sees; owned by the step's dispose scope.</summary>
/// <param name="Prompts">One caption per sample, with the placeholder.</param>
/// <param name="Latents">Targets [B, C, h, w], scaled.</param>
/// <param name="References">Clean latents of other photos of the object [B, C, h, w].</param>
/// <param name="Noise">Standard normal [B, C, h, w], what the network must find.</param>
/// <param name="Timesteps">One per sample.</param>
internal sealed record TrainingBatch(
    IReadOnlyList<TokenizedPrompt> Prompts, Tensor Latents, Tensor References, Tensor Noise, IReadOnlyList<int> Timesteps);

/// <param name="Total">What is minimised, scalar.</param>
/// <param name="Noise">Mean squared error of the noise, scalar.</param>
/// <param name="Regularization">The regulariser before its weight, scalar.</param>
internal readonly record struct LossParts(Tensor Total, Tensor Noise, Tensor Regularization);
