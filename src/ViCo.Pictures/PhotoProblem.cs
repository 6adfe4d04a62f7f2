namespace ViCo.Pictures;

/// <summary>Why a photo is refused.</summary>
/// <param name="Code">For programs: <c>empty</c>, <c>unsupported-type</c>, <c>too-many-bytes</c>, <c>too-many-pixels</c>, <c>animated</c>,
/// <c>too-small</c> or <c>damaged</c>.</param>
/// <param name="Message">For people: names the photo, what was found and what was wanted.</param>
public sealed record PhotoProblem(string Code, string Message);
