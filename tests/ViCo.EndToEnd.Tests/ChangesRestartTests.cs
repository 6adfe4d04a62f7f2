using System.Text.Json.Nodes;

namespace ViCo.EndToEnd.Tests;

/// <summary>What changed is told across a power cut: who was away goes on where it was, or hears that it must look anew.</summary>
public sealed class ChangesRestartTests
{
    [Fact]
    public async Task A_place_of_before_the_cut_is_answered_with_all_may_have_changed_and_the_next_place_goes_on()
    {
        var data = Directory.CreateTempSubdirectory("vico-changes-").FullName;
        try
        {
            string place;
            await using (var host = await UpHost.StartAsync(data, "--engine", "rehearsal"))
            {
                place = (string)(await ChangesAsync(host, ""))["last"]!;
                await host.User.CreateTeapotAsync();
                var told = await ChangesAsync(host, $"?after={place}");
                Assert.Equal("created", (string?)told["changes"]![0]!["how"]);
                place = (string)told["last"]!;
                await host.Process.KillAsync();
            }

            await using (var host = await UpHost.StartAsync(data, "--engine", "rehearsal"))
            {
                var after = await ChangesAsync(host, $"?after={place}");
                Assert.Equal("all", (string?)Assert.Single(after["changes"]!.AsArray())!["what"]);
                var concept = await host.User.CreateTeapotAsync();
                var next = await ChangesAsync(host, $"?after={after["last"]}");
                Assert.Equal((concept, "created"), ((string?)next["changes"]![0]!["id"], (string?)next["changes"]![0]!["how"]));
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<JsonNode> ChangesAsync(UpHost host, string after) =>
        JsonNode.Parse(await host.User.BytesAsync($"/changes{after}"))!;
}
