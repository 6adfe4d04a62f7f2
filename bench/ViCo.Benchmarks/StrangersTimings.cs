namespace ViCo.Benchmarks;

/// <summary>
/// A denoising step of several pictures: of one concept and prompt, or of as many concepts with prompts of their own, which share the pass.
/// </summary>
/// <param name="Paths">Seconds a step by turns: <c>one concept</c>, <c>strangers</c>, and both with the reference pass of each step
/// computed anew; then one picture alone, and in a padded batch; then the linear layers of the image blocks, by concept and
/// stacked.</param>
/// <param name="Warm">Throughput of strangers over that of one concept, reference features cached.</param>
/// <param name="Cold">The same with nothing cached: a reference pass for each prompt, where one concept has one in all.</param>
/// <param name="Decibel">How like the strangers' latents are to those drawn alone, least of all.</param>
/// <param name="PaddedDecibel">The same where each alone fills a batch as large as theirs with copies of
/// itself; infinite: the same bits.</param>
/// <param name="Padding">How many times as long a picture alone takes so.</param>
/// <param name="Stacking">How many times as quick the image blocks' linear layers are in one product for all concepts.</param>
public sealed record StrangersTimings(
    IReadOnlyList<PathTimings> Paths, Ratio Warm, Ratio Cold, double Decibel, double PaddedDecibel, Ratio Padding,
    Ratio Stacking);
