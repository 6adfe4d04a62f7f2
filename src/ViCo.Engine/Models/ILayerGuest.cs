namespace ViCo.Engine.Models;

/// <summary>
/// Changes what one frozen layer does to some rows of a pass: low-rank pairs and replaced weights what comes out, rotations what goes in.
/// </summary>
/// <remarks>The frozen layer itself runs once for all rows, whoever they belong to.</remarks>
internal interface ILayerGuest
{
    /// <summary>
    /// What the layer is given instead of <paramref name="input"/>: that itself, or a new tensor of its shape in the current dispose scope.
    /// </summary>
    Tensor Before(Tensor input) => input;

    /// <summary>
    /// What counts as the layer's result instead of <paramref name="output"/>: that itself, or a new tensor
    /// of its shape in the current dispose scope.
    /// </summary>
    /// <param name="input">The guest's rows as they came, before any guest.</param>
    Tensor After(Tensor input, Tensor output) => output;
}
