namespace ViCo.Engine.Models;

/// <summary>How GroupNorm layers are made. Wu and He 2018 (arXiv:1803.08494).</summary>
/// <param name="Groups">Groups of channels, each with a mean and a variance of its own.</param>
/// <param name="Eps">Added to the variance.</param>
internal readonly record struct Normalization(long Groups, double Eps);
