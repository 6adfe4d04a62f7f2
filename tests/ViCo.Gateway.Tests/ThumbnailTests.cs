using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Gateway.Images;
using ViCo.Grains.Storage;
using ViCo.Pictures;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class ThumbnailTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("image/avif,image/webp,image/apng,*/*;q=0.8", "image/webp")]
    [InlineData("image/webp;q=0.5, image/jpeg", "image/jpeg")]
    [InlineData("*/*", "image/jpeg")]
    public async Task Photos_come_small_as_the_client_would_rather_have_them(string accept, string type)
    {
        var photo = await PhotoAsync(await host.NewConceptAsync(photos: 1));
        var whole = PictureCodec.Decode(await host.Client.GetByteArrayAsync(photo, Stop), "whole");
        foreach (var width in Thumbnails.Widths)
        {
            var answer = await AskAsync($"{photo}?w={width}", accept);
            Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
            Assert.Contains("Accept", answer.Headers.Vary);
            Assert.Contains($"filename=1.{(type == "image/webp" ? "webp" : "jpg")}", answer.Content.Headers.ContentDisposition?.ToString()
                .Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
            var small = PictureCodec.Decode(await answer.Content.ReadAsByteArrayAsync(Stop), "small");
            var wide = Math.Min(width, whole.Width);
            Assert.Equal((wide, (int)Math.Round((double)whole.Height * wide / whole.Width)), (small.Width, small.Height));
        }
        await ProblemAsync(await AskAsync($"{photo}?w=100", accept), HttpStatusCode.BadRequest, "invalid_field");
        await ProblemAsync(await AskAsync($"{photo}?w=big", accept), HttpStatusCode.BadRequest, "invalid_field");
    }

    [Fact]
    public async Task A_small_picture_is_made_once_however_many_ask_and_goes_with_the_picture()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 5));
        var image = (string)(await DrawAsync(concept, 1))[0]!;
        var thumbnails = host.Services.GetRequiredService<Thumbnails>();
        var made = thumbnails.Made;
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AskAsync($"/images/{image}?w=96", "image/webp")));
        Assert.Equal(made + 1, thumbnails.Made);
        var bytes = await Task.WhenAll(answers.Select(a => a.Content.ReadAsByteArrayAsync(Stop)));
        Assert.Single(bytes.Select(Convert.ToHexString).Distinct());
        await AskAsync($"/images/{image}?w=96", "image/webp");
        Assert.Equal(made + 1, thumbnails.Made);
        Assert.Equal(2, (await BlobsAsync(concept, $"{image.Split('-')[0]}/", ".png")).Count);

        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync($"/images/{image}", Stop)).StatusCode);
        await ProblemAsync(await AskAsync($"/images/{image}?w=96", "image/webp"), HttpStatusCode.NotFound, "image_not_found");
        Assert.Empty(await BlobsAsync(concept, $"{image.Split('-')[0]}/", ".png"));
    }

    [Fact]
    public async Task A_selection_of_pictures_comes_as_one_file()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 5));
        var job = await DrawnAsync(concept, 3);
        var images = job["images"]!.AsArray().Select(i => (string)i!).ToArray();
        Assert.Equal(images.Select(i => $"/images/{i}"), job["imageUrls"]!.AsArray().Select(u => (string)u!));

        var answer = await host.Client.GetAsync($"/images.zip?image={images[0]}&image={images[2]}&image={images[0]}", Stop);
        Assert.Equal("application/zip", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("pictures.zip", answer.Content.Headers.ContentDisposition?.ToString(), StringComparison.Ordinal);
        await using var zip =
            await ZipArchive.CreateAsync(await answer.Content.ReadAsStreamAsync(Stop), ZipArchiveMode.Read, leaveOpen: false, null, Stop);
        Assert.Equal([$"{images[0]}.png", $"{images[2]}.png"], zip.Entries.Select(e => e.FullName));
        foreach (var (entry, image) in zip.Entries.Zip([images[0], images[2]]))
        {
            using var content = new MemoryStream();
            await using (var stream = await entry.OpenAsync(Stop)) await stream.CopyToAsync(content, Stop);
            Assert.Equal(await host.Client.GetByteArrayAsync($"/images/{image}", Stop), content.ToArray());
        }
        await ProblemAsync(await host.Client.GetAsync($"/images.zip?image={images[0]}&image=gone-0", Stop), HttpStatusCode.NotFound,
            "image_not_found");
        await ProblemAsync(await host.Client.GetAsync("/images.zip", Stop), HttpStatusCode.BadRequest, "invalid_field");
        using var other = host.ClientFor(await host.NewTenantAsync());
        await ProblemAsync(await other.GetAsync($"/images.zip?image={images[0]}", Stop), HttpStatusCode.NotFound, "image_not_found");
    }

    [Fact]
    public async Task An_event_of_a_picture_says_where_it_lies()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 5));
        var job = await DrawnAsync(concept, 1);
        var events = (await OkAsync(await host.Client.GetAsync($"/jobs/{job["id"]}/events", Stop)))["events"]!.AsArray();
        var drawn = Assert.Single(events, e => (string?)e!["data"]!["type"] == "image")!["data"]!;
        Assert.Equal($"/images/{drawn["imageId"]}", (string?)drawn["url"]);
    }

    private async Task<System.Text.Json.Nodes.JsonNode> DrawnAsync(string concept, int count) => await host.EndAsync(
        (string)(await OkAsync(
            await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", count, samplingSteps = 1 }, Stop)))["id"]!);

    private async Task<System.Text.Json.Nodes.JsonArray> DrawAsync(string concept, int count) =>
        (await DrawnAsync(concept, count))["images"]!.AsArray();

    private async Task<string> PhotoAsync(string concept) =>
        (string)(await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]![0]!["url"]!;

    private async Task<List<string>> BlobsAsync(string concept, string job, string named)
    {
        List<string> found = [];
        await foreach (var blob in host.Services.GetRequiredService<IBlobStore>()
            .ListAsync($"tenants/default/concepts/{concept}/jobs/{job}", Stop))
        {
            if (blob.Name.Contains(named, StringComparison.Ordinal)) found.Add(blob.Name);
        }
        return found;
    }

    private async Task<HttpResponseMessage> AskAsync(string path, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return await host.Client.SendAsync(request, Stop);
    }
}
