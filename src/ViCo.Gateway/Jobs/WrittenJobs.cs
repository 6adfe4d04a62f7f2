using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Jobs;

/// <summary>Lists of jobs as JSON. A job that has ended stands in its index in one piece and is put into words once.</summary>
internal sealed class WrittenJobs
{
    private readonly ConditionalWeakTable<JobView, byte[]> _written = [];

    /// <summary>The bytes that the serializer would write.</summary>
    public byte[] Write(JobList list, JsonSerializerOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>(32 * 1024);
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = options.Encoder, SkipValidation = true }))
        {
            writer.WriteStartObject();
            foreach (var property in options.GetTypeInfo(typeof(JobList)).Properties)
            {
                writer.WritePropertyName(property.Name);
                if (property.Get!(list) is not IReadOnlyList<JobView> jobs)
                {
                    JsonSerializer.Serialize(writer, property.Get(list), options.GetTypeInfo(property.PropertyType));
                    continue;
                }
                writer.WriteStartArray();
                foreach (var job in jobs) writer.WriteRawValue(InWords(job, options), skipInputValidation: true);
                writer.WriteEndArray();
            }
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private byte[] InWords(JobView job, JsonSerializerOptions options)
    {
        if (_written.TryGetValue(job, out var known)) return known;
        var words = JsonSerializer.SerializeToUtf8Bytes(job, options.GetTypeInfo(typeof(JobView)));
        if (job.Ended is not null) _written.AddOrUpdate(job, words);
        return words;
    }
}
