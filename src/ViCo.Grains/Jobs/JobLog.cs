using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Jobs;

/// <summary>The closed parts of one job's log: blobs that never change. Keeps the last one read, since readers walk forward.</summary>
/// <remarks>
/// A part is its events as JSON, a line feed, and the SHA-256 of what stands before that; a former version wrote the events alone.
/// </remarks>
internal sealed class JobLog(IBlobStore blobs)
{
    private const int ShortestTail = 32, LongestTail = 256, DigestLength = 1 + (2 * SHA256.HashSizeInBytes);

    private (string Name, IReadOnlyList<JobEvent> Events)? _last;

    /// <summary>
    /// The record's blob is rewritten at every commit, the tail of the log with it. Past so many events the tail moves to a blob of its
    /// own: more of them the longer the log is, since the record names every part.
    /// </summary>
    public static int TailLimit(long lastSeq) => Math.Clamp((int)Math.Sqrt(lastSeq), ShortestTail, LongestTail);

    /// <summary>Writes durable events as a closed part. Whoever repeats it writes the same bytes under the same name.</summary>
    public async Task<LogSegment> CloseAsync(string prefix, IReadOnlyList<JobEvent> durable)
    {
        var segment = new LogSegment(durable[0].Seq, durable[^1].Seq);
        var events = JsonSerializer.SerializeToUtf8Bytes(durable, GrainJson.Options);
        await blobs.WriteAsync(NameOf(prefix, segment), (byte[])[.. events, (byte)'\n', .. DigestOf(events)]);
        return segment;
    }

    public async Task<EventPage> ReadAsync(string prefix, JobRecord job, long afterSeq, int limit)
    {
        List<JobEvent> page = [];
        foreach (var segment in job.Segments)
        {
            if (segment.Last <= afterSeq) continue;
            if (page.Count >= limit) break;
            Take(await PartAsync(prefix, segment));
        }
        Take(job.Tail);
        return new(page, job.LastSeq, job.HasEnded);

        void Take(IReadOnlyList<JobEvent> events) => page.AddRange(events.Where(e => e.Seq > afterSeq).Take(limit - page.Count));
    }

    /// <summary>Where a part of the log of a job lies.</summary>
    public static string NameOf(string prefix, LogSegment segment) => $"{prefix}log/{segment.First:D10}-{segment.Last:D10}.json";

    /// <summary>The events of a part.</summary>
    /// <exception cref="DamagedBlobException">It does not read, or does not hold what its name says.</exception>
    public static IReadOnlyList<JobEvent> Parse(string name, LogSegment segment, ReadOnlySpan<byte> content)
    {
        if (content.Length > DigestLength && content[^DigestLength] == '\n')
        {
            var events = content[..^DigestLength];
            if (!content[^(DigestLength - 1)..].SequenceEqual(DigestOf(events)))
                throw new DamagedBlobException(name, "its events are not those that its last line was made from.");
            content = events;
        }
        try
        {
            var events = JsonSerializer.Deserialize<IReadOnlyList<JobEvent>>(content, GrainJson.Options) ?? [];
            return events.Select(e => e.Seq - segment.First).SequenceEqual(Enumerable.Range(0, events.Count).Select(i => (long)i))
                && events.Count == segment.Last - segment.First + 1
                    ? events : throw new DamagedBlobException(name, "it does not hold the events that its name says.");
        }
        catch (JsonException e)
        {
            throw new DamagedBlobException(name, e.Message);
        }
    }

    private async Task<IReadOnlyList<JobEvent>> PartAsync(string prefix, LogSegment segment)
    {
        var name = NameOf(prefix, segment);
        if (_last is { } last && last.Name == name) return last.Events;
        var blob = await blobs.ReadAsync(name)
            ?? throw new DamagedBlobException(name, "its job names it as a part of its log, and it is not there.");
        var events = Parse(name, segment, blob.Content.Span);
        _last = (name, events);
        return events;
    }

    private static byte[] DigestOf(ReadOnlySpan<byte> events) =>
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(events)));
}
