namespace ViCo.Grains.Jobs;

/// <summary>What a job used of one class of devices on one day (UTC).</summary>
/// <param name="Device">The class of device; null: its worker did not say.</param>
/// <param name="Seconds">Between the starts and ends of its attempts.</param>
[GenerateSerializer, Immutable, Alias("vico.day-use")]
public sealed record DayUse([property: Id(0)] DateOnly Day, [property: Id(1)] string? Device, [property: Id(2)] double Seconds)
{
    /// <summary>With an attempt more, which may have run over midnight.</summary>
    internal static IReadOnlyList<DayUse> Add(IReadOnlyList<DayUse> uses, DateTimeOffset began, DateTimeOffset ended, string? device)
    {
        List<DayUse> all = [.. uses];
        for (var from = began.UtcDateTime; from < ended.UtcDateTime;)
        {
            var midnight = from.Date.AddDays(1);
            var to = midnight < ended.UtcDateTime ? midnight : ended.UtcDateTime;
            var day = DateOnly.FromDateTime(from);
            var known = all.FindIndex(use => use.Day == day && use.Device == device);
            if (known < 0) all.Add(new(day, device, (to - from).TotalSeconds));
            else all[known] = all[known] with { Seconds = all[known].Seconds + (to - from).TotalSeconds };
            from = to;
        }
        return all;
    }
}
