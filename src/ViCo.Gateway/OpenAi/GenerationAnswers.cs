using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using ViCo.Gateway.Images;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;

namespace ViCo.Gateway.OpenAi;

/// <summary>
/// Follows a drawing and answers as OpenAI's images API does. The headers go out first: who is cut off
/// knows the job and fetches its pictures later.
/// </summary>
internal sealed class GenerationAnswers(
    JobEventReader reader, PictureFiles files, ScopedTokens tokens, TimeProvider clock, IOptions<GatewayOptions> options)
{
    private const int UrlSeconds = 3600;

    private const string Opaque = "opaque", Png = "png", Auto = "auto";

    // JSON may have blanks in front: a proxy on the way sees that somebody is there.
    private static readonly byte[] _blank = "\n"u8.ToArray(), _comment = ": still here\n\n"u8.ToArray(),
    _done = "data: [DONE]\n\n"u8.ToArray();

    /// <summary>Answers with the pictures of <paramref name="job"/>, which is submitted.</summary>
    public async Task WriteAsync(HttpContext context, CurrentTenant tenant, JobView job, OpenAiRequest request)
    {
        var response = context.Response;
        response.Headers.Location = $"/jobs/{job.Id}";
        response.Headers[OpenAiApi.JobHeader] = response.Headers["X-Request-Id"] = job.Id;
        response.Headers["X-Accel-Buffering"] = "no";
        response.ContentType = request.Streams ? EventStream.ContentType : "application/json";
        await response.StartAsync(context.RequestAborted);
        await response.Body.FlushAsync(context.RequestAborted);
        if (request.Streams) await StreamAsync(context, tenant, job, request.PartialImages);
        else await AnswerAsync(context, tenant, job, request.ByUrl);
    }

    private async Task AnswerAsync(HttpContext context, CurrentTenant tenant, JobView job, bool byUrl)
    {
        var stop = context.RequestAborted;
        await foreach (var _ in FollowAsync(context.Response, new(tenant, job.Id, WithPreviews: false), _blank, stop))
        {
            // Only its end counts.
        }
        var ended = await tenant.Job(job.Id).Get();
        List<GeneratedPicture> pictures = [];
        foreach (var id in ended?.Images ?? [])
        {
            var index = ImageId.Parse(id)!.Value.Index;
            var content = byUrl ? null : await ReadAsync(tenant, id, stop);
            if (!byUrl && content is null) continue;                        // deleted meanwhile
            pictures.Add(new(content, byUrl ? Url(context, id) : null, job.Sampling!.Prompt, id, job.Sampling.Seed + index));
        }
        var answer = new GenerationAnswer(
            job.Submitted.ToUnixTimeSeconds(), pictures, Opaque, Png, SizeOf(job), Auto, ErrorOf(ended));
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, GatewayJson.Default.GenerationAnswer, stop);
    }

    private async Task StreamAsync(HttpContext context, CurrentTenant tenant, JobView job, int partialImages)
    {
        var (response, stop) = (context.Response, context.RequestAborted);
        var (shown, drawnAny) = (0, false);
        await foreach (var happening in FollowAsync(response, new(tenant, job.Id, partialImages > 0), _comment, stop))
        {
            if (happening.Preview is { } preview)
            {
                if (drawnAny || shown >= partialImages || await files.ReadAsync(preview, stop) is not { } shot) continue;
                await SendAsync(new(
                    "image_generation.partial_image", Convert.ToBase64String(shot.Span), Now(), Opaque, Png, SizeOf(job), Auto,
                    shown++));
            }
            else if (happening.Event?.Data is ImageDrawn drawn && await ReadAsync(tenant, drawn.ImageId, stop) is { } picture)
            {
                drawnAny = true;
                await SendAsync(new(
                    "image_generation.completed", picture, Now(), Opaque, Png, SizeOf(job), Auto, null, job.Sampling!.Prompt, drawn.ImageId,
                    drawn.Seed));
            }
        }
        if (ErrorOf(await tenant.Job(job.Id).Get()) is { } error)
        {
            await response.WriteAsync($"event: error\ndata: {JsonSerializer.Serialize(new(error), GatewayJson.Default.OpenAiFailure)}\n\n",
                stop);
        }
        await response.Body.WriteAsync(_done, stop);

        async Task SendAsync(StreamedPicture one)
        {
            await response.WriteAsync($"event: {one.Type}\ndata: {JsonSerializer.Serialize(one, GatewayJson.Default.StreamedPicture)}\n\n",
                stop);
            await response.Body.FlushAsync(stop);
        }
    }

    /// <summary>What happens to a job until its end; a sign of life is sent while nothing does.</summary>
    private async IAsyncEnumerable<Happening> FollowAsync(
        HttpResponse response, Followed job, byte[] signOfLife,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var channel = Channel.CreateBounded<Happening>(16);
        var reading = ReadAllAsync();
        try
        {
            while (true)
            {
                var more = channel.Reader.WaitToReadAsync(cancellationToken).AsTask();
                while (!more.IsCompleted)
                {
                    await ((Task)more).WaitAsync(options.Value.Heartbeat, clock, cancellationToken)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    if (more.IsCompleted) break;
                    await response.Body.WriteAsync(signOfLife, cancellationToken);
                    await response.Body.FlushAsync(cancellationToken);
                }
                if (!await more) break;
                while (channel.Reader.TryRead(out var happening)) yield return happening;
            }
            await reading;
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task ReadAllAsync()
        {
            try
            {
                var previews = job.WithPreviews ? PreviewsAsync() : Task.CompletedTask;
                await foreach (var one in reader.FollowAsync(job.Tenant, job.Id, 0, stop.Token))
                    await channel.Writer.WriteAsync(new(one, null), stop.Token);
                await previews;
            }
            finally
            {
                channel.Writer.Complete();
            }
        }

        async Task PreviewsAsync()
        {
            await foreach (var one in reader.FollowPreviewsAsync(job.Tenant, job.Id, stop.Token))
                await channel.Writer.WriteAsync(new(null, one), stop.Token);
        }
    }

    /// <summary>A picture's address with a signature that holds an hour, as OpenAI's do: whoever is given it needs no key.</summary>
    private string Url(HttpContext context, string image)
    {
        var path = PictureAddresses.Of(image);
        var signature = tokens.Create(GatewayClaims.CredentialOf(context.User)!, new(ScopeKind.Path, path), tokens.ExpiryOf(UrlSeconds));
        return $"{context.Request.Scheme}://{context.Request.Host}{path}?{QuerySecrets.SignatureName}={signature}";
    }

    private async Task<string?> ReadAsync(CurrentTenant tenant, string image, CancellationToken cancellationToken) =>
        await files.ReadAsync(tenant, image, cancellationToken) is { } picture ? Convert.ToBase64String(picture.Span) : null;

    private long Now() => clock.GetUtcNow().ToUnixTimeSeconds();

    private static string SizeOf(JobView job) =>
        job.Sampling!.Options is var drawn && drawn.Find("width") is long width && drawn.Find("height") is long height ? $"{width}x{height}"
            : Auto;

    private static OpenAiError? ErrorOf(JobView? ended) => ended switch
    {
        { State: JobState.Succeeded } => null,
        { State: JobState.Canceled } => new("The job was cancelled.", "server_error", null, "job_canceled"),
        null => new("The job was deleted.", "server_error", null, "job_not_found"),
        _ => new(ended.Error ?? "The job failed.", "server_error", null, "job_failed"),
    };

    /// <summary>An event, or a newer preview.</summary>
    private readonly record struct Happening(JobEvent? Event, Preview? Preview);

    private sealed record Followed(CurrentTenant Tenant, string Id, bool WithPreviews);
}
