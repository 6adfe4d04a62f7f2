using ViCo.Engine.Checkpoints;

namespace ViCo.Hub.Tests;

/// <summary>Pulling from a server that drops connections, lies about lengths and serves wrong bytes.</summary>
public sealed class UnreliableDownloadTests : ToyHub
{
    [Fact]
    public async Task A_server_that_hangs_up_again_and_again_is_asked_for_the_rest()
    {
        ServeToybox();
        var random = new Random(7);
        var size = new FileInfo(Path.Combine(Toybox, Unet)).Length;
        // Every connection for the weights ends after some 5 to 10 % of them.
        Server.OnRequest = r => r.Path.EndsWith(Unet, StringComparison.Ordinal)
            ? new Fault { DropAfter = random.NextInt64(size / 20, size / 10) } : null;
        var installed = await Store().PullAsync(new(Id), null, Cancel);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(Toybox, Unet), Cancel),
            await File.ReadAllBytesAsync(Path.Combine(installed, Unet), Cancel));

        var asked = Server.Requests.Where(r => r.Path.EndsWith(Unet, StringComparison.Ordinal)).ToList();
        Assert.InRange(asked.Count, 10, 25);
        Assert.All(asked.Skip(1), r => Assert.True(r.Headers.ContainsKey("Range") && r.Headers.ContainsKey("If-Range")));
    }

    [Fact]
    public async Task A_pull_that_was_stopped_goes_on_where_it_was_in_another_process()
    {
        ServeToybox();
        using (var stop = new CancellationTokenSource())
        {
            var size = new FileInfo(Path.Combine(Toybox, Unet)).Length;
            Server.Fail(UrlOf(Unet), new Fault { DropAfter = size / 2 }, new Fault { IsSilent = true });
            var pull = Store(retry: TimeSpan.FromMilliseconds(1)).PullAsync(new(Id), null, stop.Token);
            while (Server.Requests.Count(r => r.Path.EndsWith(Unet, StringComparison.Ordinal)) < 2)
                await Task.Delay(10, Cancel);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        }

        Assert.Empty(Store().List());
        var sent = Server.Sent;
        var installed = await Store().PullAsync(new(Id), null, Cancel);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(Toybox, Unet), Cancel),
            await File.ReadAllBytesAsync(Path.Combine(installed, Unet), Cancel));
        // Not a byte of what was there came again.
        var weights = new FileInfo(Path.Combine(Toybox, Unet)).Length;
        var again = Server.Requests.Last(r => r.Path.EndsWith(Unet, StringComparison.Ordinal));
        Assert.Equal($"bytes={weights / 2}-", again.Headers["Range"]);
        Assert.True(Server.Sent - sent < Total() - (weights / 2));
    }

    [Fact]
    public async Task A_wrong_hash_is_refused_with_both_and_nothing_is_installed_or_kept()
    {
        ServeToybox();
        var evil = Server.Files[UrlOf(Unet)].ToArray();
        evil[^1] ^= 1;
        Server.Files[UrlOf(Unet)] = evil;
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Contains(Sha256(evil), error.Message, StringComparison.Ordinal);
        Assert.Contains(Sha256(File.ReadAllBytes(Path.Combine(Toybox, Unet))), error.Message, StringComparison.Ordinal);
        Assert.Empty(Store().List());
        Assert.DoesNotContain(Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories), f =>
            f.Contains(Unet, StringComparison.Ordinal));
        Assert.Equal(1, RequestsForUnet());

        // In two pieces it could have been two versions: it is asked for once more from the start, and no oftener.
        Server.Fail(UrlOf(Unet), new Fault { DropAfter = 1000 }, new Fault(), new Fault { DropAfter = 1000 });
        await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Equal(1 + 4, RequestsForUnet());
    }

    [Fact]
    public async Task A_server_that_gives_and_takes_back_is_given_up()
    {
        ServeToybox();
        var turn = 0;
        Server.OnRequest = r => !r.Path.EndsWith(Unet, StringComparison.Ordinal) ? null : ++turn % 2 == 1 ? new Fault { DropAfter = 1000 }
            : new Fault { RangeShift = 10 };
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Contains("could not be fetched in 4 attempts", error.Message, StringComparison.Ordinal);
        Assert.InRange(RequestsForUnet(), 4, 6);
    }

    [Fact]
    public async Task A_server_that_announces_more_than_it_sends_is_given_up_and_says_so()
    {
        ServeToybox();
        Server.OnRequest = r => r.Path.EndsWith(Unet, StringComparison.Ordinal) ? new Fault { DropAfter = 0, LengthLie = 100 } : null;
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Contains("could not be fetched in 4 attempts", error.Message, StringComparison.Ordinal);
        Assert.Empty(Store().List());
    }

    [Fact]
    public async Task A_server_whose_list_says_another_size_than_it_serves_is_refused()
    {
        ServeToybox(lieAbout: Unet, by: 1000);
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.True(error is HttpRequestException or InvalidDataException, error.ToString());
        Assert.Empty(Store().List());
    }

    [Fact]
    public async Task A_server_that_sends_more_than_announced_fills_no_disk()
    {
        ServeToybox();
        Server.OnRequest = r => r.Path.EndsWith(Unet, StringComparison.Ordinal) ? new Fault { SendsMore = 50_000_000 } : null;
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Contains("sends more than", error.Message, StringComparison.Ordinal);
        Assert.True(Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length) <= Total());
    }

    public static TheoryData<string> Passing() =>
        ["ignores ranges", "sends another range", "has another version", "is overloaded", "is silent"];

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_server_that_misbehaves_once_costs_time_and_no_byte(string how)
    {
        ServeToybox();
        var drop = new Fault { DropAfter = 100_000 };
        Server.Fail(UrlOf(Unet), how switch
        {
            "ignores ranges" => [drop, new Fault { IgnoresRange = true }],
            "sends another range" => [drop, new Fault { RangeShift = 10 }],
            "has another version" => [drop with { Tag = "\"old\"" }],
            "is overloaded" => [drop, new Fault { Status = 503 }, new Fault { Status = 429 }],
            _ => [drop, new Fault { IsSilent = true }],
        });
        var installed = await Store(stall: TimeSpan.FromMilliseconds(300)).PullAsync(new(Id), null, Cancel);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(Toybox, Unet), Cancel),
            await File.ReadAllBytesAsync(Path.Combine(installed, Unet), Cancel));
    }

    [Fact]
    public async Task Without_hash_or_tag_nothing_tells_whether_a_rest_belongs_to_what_is_there_so_it_starts_over()
    {
        var bytes = new byte[200_000];
        new Random(1).NextBytes(bytes);
        Server.Files["/model.safetensors"] = bytes;
        Server.Fail("/model.safetensors", new Fault { DropAfter = 100_000, Tag = "" });
        var sha256 = Sha256(bytes);

        // It is no model; what matters is what came.
        await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new($"{Server.Address}model.safetensors"), null, Cancel));
        Assert.Equal(2, Server.Requests.Count);
        Assert.DoesNotContain(Server.Requests, r => r.Headers.ContainsKey("Range"));
        var came = Assert.Single(Directory.EnumerateFiles(Folder, "checkpoint", SearchOption.AllDirectories));
        Assert.Equal(sha256, Sha256(await File.ReadAllBytesAsync(came, Cancel)));
    }
}
