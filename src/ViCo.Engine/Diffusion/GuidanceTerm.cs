namespace ViCo.Engine.Diffusion;

/// <summary>One prediction that guidance combines.</summary>
/// <param name="Text">With the prompt, or with the negative one.</param>
/// <param name="Image">With the reference image, or without.</param>
/// <param name="Scale">How far to go from the term before towards this one and beyond; the first term's is 1.</param>
internal readonly record struct GuidanceTerm(bool Text, bool Image, double Scale);
