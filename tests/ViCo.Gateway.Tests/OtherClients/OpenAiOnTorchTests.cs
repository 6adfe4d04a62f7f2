using System.Text.Json.Nodes;
using ViCo.Options;
using ViCo.Pictures;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>OpenAI's own client, unmodified, with the engine that really draws.</summary>
public sealed class OpenAiOnTorchTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_npm_client_sees_a_picture_come_out_of_the_noise()
    {
        await using var host = new GatewayHost(OptionCatalog.Default, new()
        {
            ["ViCo:Engine:Kind"] = "torch", ["ViCo:Engine:Model"] = Repository.PathOf("models", "toybox"),
        });
        await host.InitializeAsync();
        var (concept, untrained) = (await host.NewConceptAsync(), await host.NewConceptAsync());
        await host.EndAsync(await host.TrainAsync(concept, 3));
        var photo = (string)(await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]![1]!["id"]!;
        var seen = await NodeScript.RunAsync("openai.js", host.Address, host.Admin.ApiKey, concept, photo, untrained, "24");

        var events = seen["events"]!.AsArray();
        Assert.Equal(["image_generation.partial_image", "image_generation.partial_image", "image_generation.completed"],
            events.Select(e => (string)e!["type"]!));
        var (first, second, drawn) = (PictureIn(events[0]!), PictureIn(events[1]!), PictureIn(events[2]!));
        Assert.All([first, second, drawn], picture => Assert.Equal((64, 64), (picture.Width, picture.Height)));
        // Each is nearer to what it becomes, and none is the same.
        Assert.True(Distance(first, drawn) > Distance(second, drawn), $"{Distance(first, drawn)} and {Distance(second, drawn)}");
        Assert.True(Distance(second, drawn) > 0);
        Assert.Equal((string?)events[2]!["b64_json"],
            Convert.ToBase64String(await host.Client.GetByteArrayAsync($"/images/{events[2]!["id"]}", Stop)));

        var pictures = seen["drawn"]!["data"]!.AsArray();
        Assert.Equal(2, pictures.Count);
        Assert.True(Distance(PictureIn(pictures[0]!), PictureIn(pictures[1]!)) > 0);
        // Alone, and by its address, the first of the two is the same but for rounding.
        Assert.InRange(Distance(PictureIn(pictures[0]!), Decode((string)seen["fetched"]!)), 0, 0.5);
        OpenAiTests.AssertFailures(seen);
    }

    private static Picture PictureIn(JsonNode said) => Decode((string)said["b64_json"]!);

    private static Picture Decode(string base64) => PictureCodec.Decode(Convert.FromBase64String(base64), "a picture");

    /// <summary>Mean absolute difference of the pixels' values.</summary>
    private static double Distance(Picture a, Picture b) =>
        a.Rgb.Zip(b.Rgb, (x, y) => (double)Math.Abs(x - y)).Average();
}
