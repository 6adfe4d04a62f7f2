using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using Microsoft.Extensions.AI;
using ViCo.Client;
using ViCo.Grains.Tenants;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>The .NET client, as its README shows it.</summary>
public sealed class SdkTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_readme_creates_trains_follows_draws_and_lists()
    {
        var (address, key) = (host.Address, await host.NewTenantAsync(KeyRole.Admin));
        PhotoFile[] photos = [new("1.png", Sample(1)), new("2.png", Sample(2))];
        List<double> losses = [];
        List<byte[]> pictures = [];
        List<long> seeds = [];

#pragma warning disable xUnit1051 // The README's reader has no test to stop.
        using var vico = new ViCoClient(address, key);
        var mug = await vico.Concepts.CreateAsync(new("My mug", "cup"));
        await vico.Concepts.UploadAsync(mug.Id, photos);

        var training = await vico.Runs.StartAsync(mug.Id, new() { Steps = 40 });
        await foreach (var happening in vico.Jobs.FollowAsync(training.Id))
        {
            if (happening.Data is StepDone step) losses.Add(step.Loss);
        }

        var drawing = await vico.Images.DrawAsync(new(mug.Id, "a photo of a * on the beach") { Count = 2, Seed = 7 }, key: "beach");
        foreach (var image in (await vico.Jobs.WaitAsync(drawing.Id)).Images) pictures.Add(await vico.Images.GetAsync(image));

        await foreach (var picture in vico.Images.ListAsync(concept: mug.Id)) seeds.Add(picture.Seed);

        using var generator = new ViCoImageGenerator(vico, mug.Id);
        var answer = await generator.GenerateImagesAsync("a cup in the snow", new() { Count = 1, ImageSize = new(64, 64) });
#pragma warning restore xUnit1051

        Assert.Equal(40, losses.Count);
        Assert.Equal(2, pictures.Distinct().Count());
        Assert.Equal([7, 8], seeds);
        Assert.Equal(drawing.Id,
            (await vico.Images.DrawAsync(new(mug.Id, "a photo of a * on the beach") { Count = 2, Seed = 7 }, key: "beach", Stop)).Id);
        Assert.Equal("a * in the snow", Assert.Single(answer.Contents.OfType<DataContent>()).AdditionalProperties!["prompt"]);
        Assert.Equal("vico", generator.GetRequiredService<ImageGeneratorMetadata>().ProviderName);
        Assert.Equal(2, (await vico.Concepts.GetAsync(mug.Id, Stop)).Photos.Count);
        Assert.Equal(("concept_not_found", HttpStatusCode.NotFound), await RefusedAsync(vico.Concepts.GetAsync("nope", Stop)));
        await Assert.ThrowsAsync<NotSupportedException>(() =>
            generator.EditImageAsync(new DataContent(pictures[0], "image/png"), "blue", cancellationToken: Stop));
        await vico.Concepts.DeleteAsync(mug.Id, Stop);
        Assert.Equal(0, (await vico.GetUsageAsync(Stop)).Concepts);

        // The README's lines are these.
        var own = await File.ReadAllTextAsync(Path.Combine(NodeScript.Root(), "tests", "ViCo.Gateway.Tests", "OtherClients", "SdkTests.cs"),
            Stop);
        var readme = await File.ReadAllLinesAsync(Path.Combine(NodeScript.Root(), "sdk", "dotnet", "README.md"), Stop);
        Assert.All(CodeOf(readme), line => Assert.Contains(line.Trim(), own, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Events_go_on_where_a_connection_broke_in_order_and_none_twice() =>
        await FollowAsync(
            new(new SocketsHttpHandler(), every: 2500, _ => throw new IOException("The connection broke.")), TimeProvider.System);

    [Fact]
    public async Task A_connection_that_dies_without_a_word_is_given_up_and_events_go_on() =>
        await FollowAsync(
            new(new SocketsHttpHandler(), every: 2500, async stop =>
            {
                await Task.Delay(Timeout.Infinite, stop);
                return 0;
            }),
            new SwiftClock()).WaitAsync(TimeSpan.FromMinutes(1), Stop);

    private async Task FollowAsync(CuttingHandler cuts, TimeProvider clock)
    {
        var concept = await host.NewConceptAsync(photos: 1);
        using var http = new HttpClient(cuts);
        using var vico = new ViCoClient(http, host.Address, host.Admin.ApiKey, new() { Clock = clock });
        var job = await host.TrainAsync(concept, 80);
        List<JobEvent> heard = [];
        await foreach (var one in vico.Jobs.FollowAsync(job, cancellationToken: Stop)) heard.Add(one);
        Assert.True(cuts.Count > 3, $"The connection broke {cuts.Count} times.");
        Assert.Equal(Enumerable.Range(1, heard.Count).Select(n => (long)n), heard.Select(e => e.Seq));
        Assert.Equal((await vico.Jobs.GetAsync(job, Stop)).LastSeq, heard[^1].Seq);
        Assert.Equal(Client.JobState.Succeeded, Assert.IsType<Client.StateChanged>(heard[^1].Data).State);
    }

    [Fact]
    public async Task The_package_holds_the_library_its_documentation_and_the_readme()
    {
        var folder = Directory.CreateTempSubdirectory("vico-pack-").FullName;
        try
        {
            var start = new ProcessStartInfo("dotnet",
                ["pack", Path.Combine(NodeScript.Root(), "sdk", "dotnet"), "-c", "Release", "--no-build", "-o", folder, "--nologo", "-v",
                "q"])
            {
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            var said = await process.StandardOutput.ReadToEndAsync(Stop);
            await process.WaitForExitAsync(Stop);
            Assert.True(process.ExitCode == 0, said);
            using var package = await ZipFile.OpenReadAsync(Directory.GetFiles(folder, "*.nupkg").Single(), Stop);
            Assert.Superset(
                new HashSet<string> { "lib/net10.0/ViCo.Client.dll", "lib/net10.0/ViCo.Client.xml", "README.md" },
                package.Entries.Select(e => e.FullName).ToHashSet());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(string, HttpStatusCode)> RefusedAsync(Task call)
    {
        var refused = await Assert.ThrowsAsync<ViCoException>(() => call);
        return (refused.Code, refused.Status);
    }

    private static List<string> CodeOf(string[] page)
    {
        List<string> code = [];
        var within = false;
        foreach (var line in page)
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) within = !within;
            else if (within && line.Trim().Length > 0) code.Add(line);
        }
        return code;
    }

    /// <summary>Its minutes take a few hundredths of a second.</summary>
    private sealed class SwiftClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime < TimeSpan.Zero ? dueTime : dueTime / 1000, period);
    }

    /// <summary>Breaks every event stream after so many bytes.</summary>
    /// <param name="onCut">What a read then comes to.</param>
    private sealed class CuttingHandler(HttpMessageHandler inner, int every, Func<CancellationToken, ValueTask<int>> onCut)
        : DelegatingHandler(inner)
    {
        public int Count { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            if (answer.Content.Headers.ContentType?.MediaType != "text/event-stream") return answer;
            var content = new StreamContent(new CutStream(await answer.Content.ReadAsStreamAsync(cancellationToken), every, stop =>
            {
                Count++;
                return onCut(stop);
            }));
            content.Headers.ContentType = answer.Content.Headers.ContentType;
            answer.Content = content;
            return answer;
        }
    }

    private sealed class CutStream(Stream inner, int left, Func<CancellationToken, ValueTask<int>> onCut) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (left == 0) return await onCut(cancellationToken);
            var read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, left)], cancellationToken);
            left -= read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
