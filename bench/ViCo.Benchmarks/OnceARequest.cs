namespace ViCo.Benchmarks;

/// <summary>What comes once a request of pictures, beside its denoising steps.</summary>
/// <param name="Encode">The reference photo through the VAE encoder.</param>
/// <param name="PlainDecode">All pictures through the decoder at once.</param>
/// <param name="Decode">The same one by one, as the engine does.</param>
public sealed record OnceARequest(Timing Encode, Timing PlainDecode, Timing Decode);
