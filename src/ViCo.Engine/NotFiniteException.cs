namespace ViCo.Engine;

/// <summary>
/// A loss, a weight or a picture is NaN or infinite: the training has diverged, or the base model or the checkpoint is damaged.
/// The same request would end the same way again; the message says what to change.
/// </summary>
public sealed class NotFiniteException(string message) : ArithmeticException(message);
