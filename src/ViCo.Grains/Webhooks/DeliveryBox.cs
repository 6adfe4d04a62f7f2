using System.Globalization;
using System.Text.Json;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Webhooks;

/// <summary>A tenant's messages: those that wait, in memory and each in a blob of its own, and for some days those that are done.</summary>
internal sealed class DeliveryBox(IBlobStore blobs, string prefix)
{
    private const string Extension = ".json";

    // Of the time that a place begins with.
    private const int Digits = 19;

    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private readonly Dictionary<string, Delivery> _waiting = [];

    private string WaitingPrefix => $"{prefix}waiting/";

    private string DonePrefix(string webhook) => $"{prefix}done/{webhook}/";

    public IEnumerable<Delivery> Waiting => _waiting.Values;

    public async Task LoadAsync()
    {
        await foreach (var blob in blobs.ListAsync(WaitingPrefix))
        {
            if (await ReadAsync(blob.Name) is { } delivery) _waiting[delivery.Id] = delivery;
        }
    }

    /// <summary>Puts a message in, or in place of the one with its id.</summary>
    public async Task PutAsync(Delivery delivery)
    {
        await WriteAsync(WaitingName(delivery), delivery);
        _waiting[delivery.Id] = delivery;
    }

    /// <summary>
    /// Moves a message to those that are done. Between the two writes it lies in both places and is sent again, under the same id.
    /// </summary>
    public async Task FinishAsync(Delivery delivery)
    {
        await WriteAsync(DoneName(delivery), delivery);
        await DropAsync(delivery);
    }

    public async Task DropAsync(Delivery delivery)
    {
        await blobs.DeleteAsync(WaitingName(delivery));
        _waiting.Remove(delivery.Id);
    }

    /// <summary>Messages to a webhook, newest first.</summary>
    /// <param name="cursor">The place of the last message seen; null: from the newest.</param>
    /// <exception cref="ArgumentException">The cursor is no place.</exception>
    public async Task<DeliveryPage> ReadAsync(string webhook, int limit, string? cursor)
    {
        if (cursor is not null
            && (cursor.Length <= Digits || cursor[Digits] != '_' || cursor.AsSpan(0, Digits).ContainsAnyExceptInRange('0', '9')))
            throw new ArgumentException($"'{cursor}' is no cursor; wanted the 'next' of an earlier page.", nameof(cursor));

        bool Follows(string place) => cursor is null || string.CompareOrdinal(place, cursor) > 0;
        var found = _waiting.Values.Where(d => d.Webhook == webhook && Follows(PlaceOf(d))).ToDictionary(PlaceOf);
        var (prefix, done) = (DonePrefix(webhook), 0);
        await foreach (var blob in blobs.ListAsync(prefix))
        {
            var place = blob.Name[prefix.Length..^Extension.Length];
            // One that waits again has its place there, too.
            if (!Follows(place) || found.ContainsKey(place)) continue;
            if (done++ > limit) break;
            if (await ReadAsync(blob.Name) is { } delivery) found[place] = delivery;
        }
        var page = found.OrderBy(one => one.Key, StringComparer.Ordinal).Take(limit).ToArray();
        return new([.. page.Select(one => one.Value)], found.Count > limit ? page[^1].Key : null);
    }

    /// <summary>A message by its id, or null.</summary>
    public async Task<Delivery?> FindAsync(string webhook, string id)
    {
        if (_waiting.TryGetValue(id, out var waiting) && waiting.Webhook == webhook) return waiting;
        await foreach (var blob in blobs.ListAsync(DonePrefix(webhook)))
        {
            if (blob.Name.EndsWith($"_{id}{Extension}", StringComparison.Ordinal)) return await ReadAsync(blob.Name);
        }
        return null;
    }

    /// <summary>Deletes what is done for long.</summary>
    public async Task SweepAsync(DateTimeOffset now)
    {
        var root = $"{prefix}done/";
        await foreach (var blob in blobs.ListAsync(root))
        {
            var down = blob.Name[(blob.Name.LastIndexOf('/') + 1)..].Split('_')[0];
            if (long.TryParse(down, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
                && long.MaxValue - ticks < (now - Kept).UtcTicks)
                await blobs.DeleteAsync(blob.Name);
        }
    }

    /// <summary>Forgets all that goes or went to a webhook.</summary>
    public async Task RemoveAsync(string webhook)
    {
        foreach (var delivery in _waiting.Values.Where(d => d.Webhook == webhook).ToArray()) await DropAsync(delivery);
        await foreach (var blob in blobs.ListAsync(DonePrefix(webhook))) await blobs.DeleteAsync(blob.Name);
    }

    private string WaitingName(Delivery delivery) => $"{WaitingPrefix}{delivery.Id}{Extension}";

    private string DoneName(Delivery delivery) => $"{DonePrefix(delivery.Webhook)}{PlaceOf(delivery)}{Extension}";

    // Newest first in the store's own order.
    private static string PlaceOf(Delivery delivery) =>
        string.Create(CultureInfo.InvariantCulture, $"{long.MaxValue - delivery.Created.UtcTicks:D19}_{delivery.Id}");

    private Task<string> WriteAsync(string name, Delivery delivery) =>
        blobs.WriteAsync(name, JsonSerializer.SerializeToUtf8Bytes(delivery, GrainJson.Options));

    private async Task<Delivery?> ReadAsync(string name) =>
        await blobs.ReadAsync(name) is { } blob ? JsonSerializer.Deserialize<Delivery>(blob.Content.Span, GrainJson.Options) : null;
}
