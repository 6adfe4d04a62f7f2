using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Idempotency;

/// <summary>
/// What came under which <c>Idempotency-Key</c>: claimed before the work begins, answered after it. Every gateway sees the same.
/// </summary>
/// <remarks>By day, so that old ones are found without a look at the others.</remarks>
internal sealed class StoredAnswers(IBlobStore blobs, TimeProvider clock)
{
    /// <summary>How long an answer is replayed.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private const string Root = "answers/";

    // By tenant, what an earlier version answered less than Kept ago, and when.
    private readonly ConcurrentDictionary<string, Dictionary<string, DateTimeOffset>> _former = new();

    /// <summary>What came under a key to a route, not longer ago than <see cref="Kept"/>.</summary>
    /// <param name="fingerprint">Of the request that asks.</param>
    public async Task<FoundAnswer?> FindAsync(KeyedRoute route, string fingerprint, CancellationToken cancellationToken)
    {
        foreach (var day in Days())
        {
            if (await ReadAsync($"{Root}{day}/{route.Name}", cancellationToken) is { } found) return found;
        }
        return await FindFormerAsync(route, fingerprint, cancellationToken);
    }

    /// <summary>Notes that somebody is at it, or answers null when somebody else was faster.</summary>
    public async Task<FoundAnswer?> ClaimAsync(KeyedRoute route, string fingerprint, CancellationToken cancellationToken)
    {
        var day = Days()[0];
        // The day is part of the command's id: after its time a key is a new one.
        var claim = new StoredAnswer(fingerprint, CommandId.Derived($"{route.Scope}\n{day}").Value, clock.GetUtcNow());
        return await WriteAsync($"{Root}{day}/{route.Name}", claim, BlobCondition.Absent);
    }

    /// <summary>Writes what has become of it, or answers null when somebody else did meanwhile.</summary>
    public Task<FoundAnswer?> ChangeAsync(FoundAnswer found, StoredAnswer next) =>
        WriteAsync(found.Name, next, BlobCondition.Matches(found.ETag));

    /// <summary>It came to nothing: the key is free again.</summary>
    public async Task ForgetAsync(FoundAnswer found)
    {
        try
        {
            await blobs.DeleteAsync(found.Name, BlobCondition.Matches(found.ETag));
        }
        catch (BlobConflictException)
        {
            // Somebody else took it over.
        }
    }

    /// <summary>The ids of the commands that came under a key, to whatever route.</summary>
    public async IAsyncEnumerable<CommandId> CommandsAsync(string tenant, string key,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var day in Days())
        {
            await foreach (var blob in blobs.ListAsync($"{Root}{day}/{tenant}/{KeyedRoute.Hash(key)}-", cancellationToken))
            {
                if (await ReadAsync(blob.Name, cancellationToken) is { } found) yield return new(found.Answer.Command);
            }
        }
    }

    /// <summary>Deletes what is replayed no more.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var kept = Days()[^1];
        await foreach (var blob in blobs.ListAsync(Root, cancellationToken))
        {
            if (string.CompareOrdinal(blob.Name[Root.Length..].Split('/')[0], kept) >= 0) break;
            await blobs.DeleteAsync(blob.Name, cancellationToken: cancellationToken);
        }
        foreach (var (tenant, answers) in _former)
        {
            if (answers.Count > 0) _former[tenant] = await ListFormerAsync(tenant, cancellationToken);
        }
    }

    /// <summary>Today and yesterday, newest first, as their folders are called.</summary>
    private string[] Days()
    {
        var now = clock.GetUtcNow();
        return [Name(now), Name(now - Kept)];

        static string Name(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
    }

    private async Task<FoundAnswer?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        if (await blobs.ReadAsync(name, cancellationToken) is not { } blob) return null;
        var answer = JsonSerializer.Deserialize(blob.Content.Span, GatewayJson.Default.StoredAnswer)
            ?? throw new InvalidDataException($"Stored answer '{name}' holds JSON null; wanted an object.");
        return IsKept(answer.Begun) ? new(name, blob.ETag, answer) : null;
    }

    private async Task<FoundAnswer?> WriteAsync(string name, StoredAnswer answer, BlobCondition condition)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(answer, GatewayJson.Default.StoredAnswer);
        try
        {
            return new(name, await blobs.WriteAsync(name, json, condition, CancellationToken.None), answer);
        }
        catch (BlobConflictException)
        {
            return null;
        }
    }

    /// <summary>What an earlier version answered: it kept that for ever, under the tenant and without a time.</summary>
    private async Task<FoundAnswer?> FindFormerAsync(KeyedRoute route, string fingerprint, CancellationToken cancellationToken)
    {
        if (!_former.TryGetValue(route.Tenant, out var known))
            _former[route.Tenant] = known = await ListFormerAsync(route.Tenant, cancellationToken);
        var name = $"{FormerRoot(route.Tenant)}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(route.Scope)))}.json";
        if (!known.TryGetValue(name, out var written) || !IsKept(written)
            || await blobs.ReadAsync(name, cancellationToken) is not { } blob
            || JsonSerializer.Deserialize(blob.Content.Span, GatewayJson.Default.StoredAnswer) is not { } answer) return null;
        // Of a JSON body it noted the digest.
        if (answer.Fingerprint is not ("" or ['?', ..]))
            return new(name, blob.ETag, answer with { Fingerprint = RequestFingerprint.Of("", Convert.FromHexString(answer.Fingerprint)) });
        // Else it noted the query alone. That does for a request without a body; an upload adds nothing when it is done again.
        return RequestFingerprint.Of(answer.Fingerprint, SHA256.HashData([])) == fingerprint
            ? new(name, blob.ETag, answer with { Fingerprint = fingerprint }) : null;
    }

    /// <summary>What an earlier version answered that is replayed still; the rest goes.</summary>
    private async Task<Dictionary<string, DateTimeOffset>> ListFormerAsync(string tenant, CancellationToken cancellationToken)
    {
        Dictionary<string, DateTimeOffset> kept = [];
        await foreach (var blob in blobs.ListAsync(FormerRoot(tenant), cancellationToken))
        {
            if (IsKept(blob.Written)) kept[blob.Name] = blob.Written;
            else await blobs.DeleteAsync(blob.Name, cancellationToken: cancellationToken);
        }
        return kept;
    }

    private bool IsKept(DateTimeOffset since) => clock.GetUtcNow() - since < Kept;

    private static string FormerRoot(string tenant) => $"tenants/{tenant}/answers/";
}
