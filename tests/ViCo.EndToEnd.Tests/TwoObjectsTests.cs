using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>Two objects through the whole platform, with the real engine behind it.</summary>
public sealed class TwoObjectsTests
{
    [Fact]
    public async Task Two_objects_are_learned_together_and_drawn_into_one_picture()
    {
        var data = Directory.CreateTempSubdirectory("vico-pair-").FullName;
        try
        {
            await using var host = await UpHost.StartAsync(data, "--engine", "torch");
            var concept = await host.User.CreatePairAsync();
            await host.WaitForEndAsync(await host.User.TrainAsync(concept, steps: 2, tokenMerging: 0.5), TimeSpan.FromMinutes(4));
            var view = await host.User.ConceptAsync(concept);
            var header = Convert.ToHexString(await host.User.BytesAsync(view["checkpoints"]![0]!["url"]!.GetValue<string>()));
            Assert.All(["embedding.S1*", "embedding.S2*"], (string key) =>
                Assert.Contains(Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(key)), header));

            var job = await host.User.DrawAsync(concept, "a photo of a <1> and a <2> on the beach", samplingSteps: 2, tokenMerging: 0.5);
            await host.WaitForEndAsync(job, TimeSpan.FromMinutes(4));
            var image = Assert.Single(await host.User.EventsAsync(job), e => e.Type == "image");
            // The engine warns of an object that is named and not shown, and of one that is shown and not named.
            Assert.Empty(image.Data["warnings"]!.AsArray());
            var png = await host.User.BytesAsync($"/images/{image.Data["imageId"]}");
            Assert.Contains("tokenMerging", System.Text.Encoding.Latin1.GetString(png), StringComparison.Ordinal);

            // Drawn again it is the same picture to the last bit, and the job says so.
            var again = (await host.User.PostAsync($"/images/{image.Data["imageId"]}/rerun", new { }))["id"]!.GetValue<string>();
            await host.WaitForEndAsync(again, TimeSpan.FromMinutes(4));
            var rerun = (await host.User.JobAsync(again))["rerun"]!;
            Assert.Equal((true, true), (rerun["same"]!.GetValue<bool>(), rerun["sameDevice"]!.GetValue<bool>()));
            Assert.Equal(64, rerun["pixels"]!.GetValue<string>().Length);
            Assert.Equal(rerun["pixels"]!.GetValue<string>(), rerun["pixelsNow"]!.GetValue<string>());
            var (first, second) = (Path.Combine(data, "first.png"), Path.Combine(data, "second.png"));
            await File.WriteAllBytesAsync(first, png, TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(second, await host.User.BytesAsync($"/images/{again}-0"), TestContext.Current.CancellationToken);
            Assert.Equal(PlainPng.Pixels(first), PlainPng.Pixels(second));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }
}
