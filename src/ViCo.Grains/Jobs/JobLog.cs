using System.Text.Json;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Jobs;

/// <summary>The closed parts of one job's log: blobs that never change. Keeps the last one read, since readers walk forward.</summary>
internal sealed class JobLog(IBlobStore blobs)
{
    /// <summary>The record's blob is rewritten at every commit; past this many events its tail moves to a blob of its own.</summary>
    public const int TailLimit = 256;

    private (string Name, IReadOnlyList<JobEvent> Events)? _last;

    /// <summary>Writes durable events as a closed part. Whoever repeats it writes the same bytes under the same name.</summary>
    public async Task<LogSegment> CloseAsync(string prefix, IReadOnlyList<JobEvent> durable)
    {
        var segment = new LogSegment(durable[0].Seq, durable[^1].Seq);
        await blobs.WriteAsync(NameOf(prefix, segment), JsonSerializer.SerializeToUtf8Bytes(durable, GrainJson.Options));
        return segment;
    }

    public async Task<EventPage> ReadAsync(string prefix, JobRecord job, long afterSeq, int limit)
    {
        List<JobEvent> page = [];
        foreach (var segment in job.Segments)
        {
            if (segment.Last <= afterSeq) continue;
            if (page.Count >= limit) break;
            Take(await SegmentAsync(NameOf(prefix, segment)));
        }
        Take(job.Tail);
        return new(page, job.LastSeq, job.HasEnded);

        void Take(IReadOnlyList<JobEvent> events) => page.AddRange(events.Where(e => e.Seq > afterSeq).Take(limit - page.Count));
    }

    private async Task<IReadOnlyList<JobEvent>> SegmentAsync(string name)
    {
        if (_last is { } last && last.Name == name) return last.Events;
        var blob = await blobs.ReadAsync(name)
            ?? throw new InvalidDataException($"Log part '{name}' is named by its job and is not there.");
        var events = JsonSerializer.Deserialize<IReadOnlyList<JobEvent>>(blob.Content.Span, GrainJson.Options)!;
        _last = (name, events);
        return events;
    }

    private static string NameOf(string prefix, LogSegment segment) => $"{prefix}log/{segment.First:D10}-{segment.Last:D10}.json";
}
