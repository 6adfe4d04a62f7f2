namespace ViCo.Pictures;

/// <summary>Either a photo, perhaps with warnings, or a problem.</summary>
/// <param name="Warnings">Sentences for people; the photo is accepted all the same.</param>
public sealed record PhotoVerdict(string Name, AcceptedPhoto? Photo, PhotoProblem? Problem, IReadOnlyList<string> Warnings);
