using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tests;

/// <summary>What keys do over hours: on a clock that the test moves.</summary>
public sealed class StoredAnswersTests : IDisposable
{
    private static readonly KeyedRoute _route = new("acme", "/concepts", "key");

    private readonly string _folder = Directory.CreateTempSubdirectory("vico-answers-").FullName;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FolderBlobStore _blobs;
    private readonly StoredAnswers _answers;

    public StoredAnswersTests()
    {
        _blobs = new FolderBlobStore(_folder);
        _answers = new(_blobs, _clock);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_answer_is_replayed_for_a_day_and_swept_on_the_next()
    {
        var claim = (await _answers.ClaimAsync(_route, "print", Stop))!;
        Assert.Null(await _answers.ClaimAsync(_route, "print", Stop));
        claim = (await _answers.ChangeAsync(claim, claim.Answer with { Status = 201, Body = [1] }))!;
        _clock.Advance(TimeSpan.FromHours(23.9));
        Assert.Equal([1], (await _answers.FindAsync(_route, "print", Stop))!.Answer.Body);
        await _answers.SweepAsync(Stop);
        Assert.NotNull(await _answers.FindAsync(_route, "print", Stop));

        _clock.Advance(TimeSpan.FromHours(0.2));
        Assert.Null(await _answers.FindAsync(_route, "print", Stop));
        var next = (await _answers.ClaimAsync(_route, "print", Stop))!;
        Assert.NotEqual(claim.Answer.Command, next.Answer.Command);             // after its time a key is a new one
        _clock.Advance(TimeSpan.FromDays(1));
        await _answers.SweepAsync(Stop);
        Assert.Null(await _blobs.ReadAsync(claim.Name, Stop));
        Assert.NotNull(await _blobs.ReadAsync(next.Name, Stop));
    }

    [Fact]
    public async Task What_an_earlier_version_answered_is_replayed_for_its_day_whatever_else_came_since()
    {
        var (young, old) = (_route with { Key = "young" }, _route with { Key = "old" });
        var (bare, upload) = (_route with { Path = "/images/a-0/rerun" }, _route with { Path = "/concepts/a/photos" });
        var body = "{\"name\":\"Cup\"}"u8.ToArray();
        var digest = Convert.ToHexStringLower(SHA256.HashData(body));
        await WriteFormerAsync(old, digest, 24.1);
        await WriteFormerAsync(young, digest, 23);
        await WriteFormerAsync(bare, "", 23);
        await WriteFormerAsync(upload, "?object=2", 23);

        Assert.NotNull(await _answers.ClaimAsync(_route, "print", Stop));
        Assert.Null(await FindAsync(old, body));
        var found = (await FindAsync(young, body))!.Answer;
        Assert.Equal((201, 7, await PrintAsync(body)), (found.Status, found.Body!.Single(), found.Fingerprint));
        var other = "{}"u8.ToArray();
        Assert.NotEqual(await PrintAsync(other), (await FindAsync(young, other))!.Answer.Fingerprint);
        Assert.NotNull(await FindAsync(bare, []));
        Assert.Null(await FindAsync(upload, body));

        await _answers.SweepAsync(Stop);
        Assert.Equal(3, await _blobs.ListAsync("tenants/acme/answers/", Stop).CountAsync(Stop));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await FindAsync(young, body));
        await _answers.SweepAsync(Stop);
        Assert.Equal(0, await _blobs.ListAsync("tenants/acme/answers/", Stop).CountAsync(Stop));
    }

    [Fact]
    public async Task A_repeat_at_another_gateway_waits_half_a_minute_for_one_that_lives_and_is_told_to_come_back()
    {
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = RunAsync(_answers, async context =>
        {
            begun.SetResult();
            await go.Task;
            await context.Response.WriteAsync("made", Stop);
        });
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        var other = new StoredAnswers(new FolderBlobStore(_folder), _clock);
        var second = RunAsync(other, _ => throw new InvalidOperationException("Nobody else may do it."));
        for (var beats = 0; !second.IsCompleted && beats < 400; beats++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            await Task.Delay(40, Stop);                                          // the store's own time
        }
        var told = await second;
        Assert.Equal((409, "5"), (told.Response.StatusCode, (string?)told.Response.Headers.RetryAfter));

        var third = RunAsync(other, _ => throw new InvalidOperationException("Nobody else may do it."));
        go.SetResult();
        Assert.Equal("made", await TextAsync(await first));
        for (var beats = 0; !third.IsCompleted && beats < 50; beats++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.1));
            await Task.Delay(10, Stop);
        }
        Assert.Equal("made", await TextAsync(await third));
    }

    /// <summary>As commit 1341789 wrote it: with the digest of a JSON body or else the query, and without a time.</summary>
    private async Task WriteFormerAsync(KeyedRoute route, string fingerprint, double hours)
    {
        var scope = SHA256.HashData(Encoding.UTF8.GetBytes($"{route.Tenant}\n{route.Path}\n{route.Key}"));
        var name = $"tenants/{route.Tenant}/answers/{Convert.ToHexStringLower(scope)}.json";
        var json = $$"""{"fingerprint":"{{fingerprint}}","status":201,"contentType":"application/json","location":null,"body":"Bw=="}""";
        await _blobs.WriteAsync(name, Encoding.UTF8.GetBytes(json), cancellationToken: Stop);
        File.SetLastWriteTimeUtc(Path.Combine(_folder, name), _clock.GetUtcNow().UtcDateTime.AddHours(-hours));
    }

    private async Task<FoundAnswer?> FindAsync(KeyedRoute route, byte[] body) =>
        await _answers.FindAsync(route, await PrintAsync(body), Stop);

    private static Task<string> PrintAsync(byte[] body) =>
        RequestFingerprint.OfAsync(new DefaultHttpContext { Request = { Body = new MemoryStream(body) } }.Request, Stop);

    private async Task<HttpContext> RunAsync(StoredAnswers answers, RequestDelegate next)
    {
        var context = new DefaultHttpContext
        {
            RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider(),
            User = GatewayClaims.Principal(new("acme"), new("id", "id", KeyRole.User, Scopes.Of(KeyRole.User)), "test"),
        };
        context.Request.Method = "POST";
        context.Request.Path = "/concepts";
        context.Request.Headers[IdempotencyKeys.Header] = "slow";
        context.Response.Body = new MemoryStream();
        await new IdempotencyKeys(answers, _clock).InvokeAsync(context, next);
        return context;
    }

    private static async Task<string> TextAsync(HttpContext context)
    {
        context.Response.Body.Position = 0;
        return await new StreamReader(context.Response.Body).ReadToEndAsync(Stop);
    }
}
