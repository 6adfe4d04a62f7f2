using System.Net;
using System.Text.Json.Nodes;
using ViCo.Text;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class TokensTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_word_is_counted_as_the_base_model_reads_it_while_it_is_typed()
    {
        await host.EndAsync(await host.TrainAsync(await host.NewConceptAsync(photos: 1), 1));       // so a worker has told of its model
        var tokenizer = ClipTokenizer.Load(Path.Combine(AppContext.BaseDirectory, "StableDiffusion1", "tokenizer"));
        foreach (var text in new[] { "teapot", "Teapot ", "brown teapot with a lid", "qwertzuiop" })
        {
            var answer = await TokensAsync("rehearsal", text);
            var count = tokenizer.Tokenize(text.Trim()).Count;
            Assert.Equal((count, 75, count > 1), ((int)answer["tokens"]!, (int)answer["maxTokens"]!, answer["advice"] is not null));
        }
        var digest = (string)(await TokensAsync("rehearsal", "cup"))["digest"]!;
        Assert.Equal(1, (int)(await TokensAsync(digest, "cup"))["tokens"]!);

        await ProblemAsync(await host.Client.GetAsync("/models/nobody/tokens?text=cup", Stop), HttpStatusCode.NotFound, "model_not_found");
        await ProblemAsync(await host.Client.GetAsync("/models/rehearsal/tokens", Stop), HttpStatusCode.BadRequest, "invalid_field");
        await ProblemAsync(await host.Client.GetAsync("/models/rehearsal/tokens?text=a&txt=b", Stop), HttpStatusCode.BadRequest,
            "unknown_parameter");
    }

    private async Task<JsonNode> TokensAsync(string model, string text) =>
        await OkAsync(await host.Client.GetAsync($"/models/{model}/tokens?text={Uri.EscapeDataString(text)}", Stop));
}
