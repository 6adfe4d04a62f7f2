namespace ViCo.Gateway.Idempotency;

/// <summary>
/// A route whose command finds by its <see cref="CommandId"/> what it made before: no answer is held back or kept for a repeat.
/// </summary>
/// <remarks>For answers that begin before the work is done, or are as large as pictures.</remarks>
internal sealed class RepeatsItself;
