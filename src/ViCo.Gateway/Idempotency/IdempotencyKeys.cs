using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;

namespace ViCo.Gateway.Idempotency;

/// <summary>
/// <c>Idempotency-Key</c> on POSTs, as draft-ietf-httpapi-idempotency-key-header advises: the first success is stored and replayed, a
/// repeat that comes too early waits for it, another request under the same key is refused.
/// </summary>
/// <remarks>
/// Whoever is at it says so every few seconds, so that a repeat takes over from a gateway that died. That two are at it once in a while
/// does no harm: both have the same <see cref="CommandId"/>.
/// </remarks>
internal sealed class IdempotencyKeys(StoredAnswers answers, TimeProvider clock)
{
    public const string Header = "Idempotency-Key", Replayed = "Idempotency-Replayed";

    public const int MaxKeyLength = 128;

    private const int RetryAfter = 5;

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(2), Silent = TimeSpan.FromSeconds(6), Waits = TimeSpan.FromSeconds(30),
    Look = TimeSpan.FromSeconds(0.1);

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        HttpMethods.IsPost(context.Request.Method)
        && context.GetEndpoint()?.Metadata.GetMetadata<SecretAnswer>() is null
        && context.Request.Headers[Header] is [{ } key, ..]
        && context.User.FindFirstValue(GatewayClaims.Tenant) is { } tenant
            ? AnswerAsync(context, next, tenant, key) : next(context);

    private async Task AnswerAsync(HttpContext context, RequestDelegate next, string tenant, string key)
    {
        if (ProblemOf(key) is { } problem)
        {
            await Problem.Of(400, "invalid_idempotency_key", problem).ExecuteAsync(context);
            return;
        }

        var route = new KeyedRoute(tenant, context.Request.Path, key);
        if (context.GetEndpoint()?.Metadata.GetMetadata<RepeatsItself>() is not null)
        {
            context.Features.Set(new IdempotentCall(CommandId.Derived(route.Scope)));
            await next(context);
            return;
        }
        var fingerprint = await RequestFingerprint.OfAsync(context.Request, context.RequestAborted);
        var (began, heard, tag) = (clock.GetTimestamp(), clock.GetTimestamp(), "");
        while (true)
        {
            var found = await answers.FindAsync(route, fingerprint, context.RequestAborted);
            if (found is null)
            {
                if (await answers.ClaimAsync(route, fingerprint, context.RequestAborted) is not { } claim) continue;
                await RunAsync(context, next, claim);
                return;
            }
            if (found.Answer.Fingerprint != fingerprint)
            {
                await Reused().ExecuteAsync(context);
                return;
            }
            if (found.Answer.Status != 0)
            {
                await ReplayAsync(context, found.Answer);
                return;
            }
            if (found.ETag != tag) (tag, heard) = (found.ETag, clock.GetTimestamp());
            if (found.Answer.Open || clock.GetElapsedTime(heard) > Silent)
            {
                if (await answers.ChangeAsync(found,
                    found.Answer with { Open = false, Beats = found.Answer.Beats + 1 }) is not { } taken) continue;
                await RunAsync(context, next, taken);
                return;
            }
            if (clock.GetElapsedTime(began) > Waits)
            {
                context.Response.Headers.RetryAfter = $"{RetryAfter}";
                await Problem.Conflict("request_in_flight",
                    $"The request that came before with this {Header} is still under way; repeat it in a while.").ExecuteAsync(context);
                return;
            }
            await Task.Delay(Look, clock, context.RequestAborted);
        }
    }

    /// <summary>The key came before with another request.</summary>
    public static ProblemHttpResult Reused() =>
        Problem.Of(422, "idempotency_key_reused", $"This {Header} came before with another body; use a new key for a new request.");

    /// <summary>What is wrong with a key, or null.</summary>
    public static string? ProblemOf(string key) => key.Length is 0 or > MaxKeyLength || !key.All(c => c is > ' ' and <= '~')
        ? $"{Header} has {key.Length} characters; wanted: 1 to {MaxKeyLength} visible ASCII characters." : null;

    /// <summary>
    /// Runs the handler against a buffer, stores a success, then sends it. Refusals are not stored: the caller may mend and repeat.
    /// </summary>
    private async Task RunAsync(HttpContext context, RequestDelegate next, FoundAnswer claim)
    {
        context.Features.Set(new IdempotentCall(new(claim.Answer.Command)));
        var wire = context.Response.Body;
        using var buffer = new MemoryStream();
        context.Response.Body = buffer;
        using var done = new CancellationTokenSource();
        var beats = BeatAsync(claim, done.Token);
        var (answered, refused) = (false, false);
        try
        {
            await next(context);
            answered = true;
        }
        catch (BadHttpRequestException)
        {
            refused = true;
            throw;
        }
        finally
        {
            context.Response.Body = wire;
            await done.CancelAsync();
            claim = await beats;
            if (refused) await answers.ForgetAsync(claim);
            else if (!answered) await answers.ChangeAsync(claim, claim.Answer with { Open = true });
        }
        var response = context.Response;
        if (response.StatusCode is >= 200 and < 300)
        {
            await answers.ChangeAsync(claim, claim.Answer with
            {
                Status = response.StatusCode, ContentType = response.ContentType, Location = response.Headers.Location,
                Body = buffer.ToArray(),
            });
        }
        else
        {
            await answers.ForgetAsync(claim);
        }
        buffer.Position = 0;
        await buffer.CopyToAsync(wire, context.RequestAborted);
    }

    /// <summary>Says every few seconds that somebody is at it, until told to stop; answers with what it wrote last.</summary>
    private async Task<FoundAnswer> BeatAsync(FoundAnswer claim, CancellationToken done)
    {
        while (true)
        {
            await Task.Delay(Beat, clock, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (done.IsCancellationRequested) return claim;
            // Taken over by somebody who took us for dead: they have the last word.
            if (await answers.ChangeAsync(claim, claim.Answer with { Beats = claim.Answer.Beats + 1 }) is not { } next) return claim;
            claim = next;
        }
    }

    private static async Task ReplayAsync(HttpContext context, StoredAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        if (answer.Location is not null) context.Response.Headers.Location = answer.Location;
        context.Response.Headers[Replayed] = "true";
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }
}
