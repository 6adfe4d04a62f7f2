using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Jobs;

/// <param name="Next">Cursor of the next page; null: there is no more. A page may be short, even empty, and have a next one.</param>
internal sealed record JobList(IReadOnlyList<JobView> Jobs, string? Next);
