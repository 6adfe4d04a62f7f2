using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>Text that would break a list, a log, a file's name or a picture is refused at the door, with the name of its field.</summary>
public sealed class TextTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Faulty =>
        ["a\0b", "a\u0007b", "a\u202Eb", "a\u2066b", "\u200B\u200D", "\u2800", "a\u2028b"];

    [Theory]
    [MemberData(nameof(Faulty))]
    public async Task What_does_not_read_is_refused_in_every_field_that_is_shown(string text)
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 1));
        (string Path, HttpMethod Method, object Body, string Field)[] doors =
        [
            ("/concepts", HttpMethod.Post, new { name = text, initWord = "cup" }, "name"),
            ($"/concepts/{concept}", HttpMethod.Patch, new { name = text }, "name"),
            ($"/concepts/{concept}", HttpMethod.Patch, new { tags = new[] { text } }, "tags"),
            ($"/concepts/{concept}", HttpMethod.Patch, new { metadata = new Dictionary<string, string> { [text] = "x" } }, "metadata"),
            ("/keys", HttpMethod.Post, new { name = text }, "name"),
            ("/admin/tenants", HttpMethod.Post, new { id = "never", name = text }, "name"),
            // Several lines may be in these, and something to see is wanted of none.
            .. text.Any(sign => sign < ' ' || sign is '\u202E' or '\u2066') ? new (string, HttpMethod, object, string)[]
            {
                ($"/concepts/{concept}", HttpMethod.Patch, new { metadata = new Dictionary<string, string> { ["x"] = text } }, "metadata"),
                ("/images", HttpMethod.Post, new { concept, prompt = $"* {text}" }, "prompt"),
                ("/images", HttpMethod.Post, new { concept, prompt = "*", negativePrompt = text }, "negativePrompt"),
            } : [],
        ];
        foreach (var (path, method, body, field) in doors)
        {
            using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
            var problem = await ProblemAsync(await host.Client.SendAsync(request, Stop), HttpStatusCode.BadRequest, "invalid_field");
            Assert.Equal(field, (string?)problem["field"]);
            Assert.DoesNotContain(text, problem.ToJsonString(), StringComparison.Ordinal);
        }
        if (text.Any(char.IsControl)) return;                               // no client sends such a file's name
        using var form = new MultipartFormDataContent { { Photo(Sample(2), "image/png"), "photos", $"cup{text}.png" } };
        var photos = await OkAsync(await host.Client.PostAsync($"/concepts/{concept}/photos", form, Stop));
        Assert.DoesNotContain((string)photos["photos"]![0]!["name"]!, sign => sign < ' ' || sign is '\u202E' or '\u2066' or '\u2028');
    }

    [Fact]
    public async Task What_living_scripts_need_is_kept()
    {
        string[] names =
        [
            "\u0686\u0627\u06CC\u200C\u062F\u0627\u0646", "\u05E9\u05DC\u05D5\u05DD\u200F", "\U0001F469\u200D\U0001F3A8",
            "\u0915\u094D\u200D\u0937",
        ];
        foreach (var name in names)
        {
            var made = await OkAsync(await host.Client.PostAsJsonAsync("/concepts", new { name, initWord = "cup" }, Stop));
            Assert.Equal(name, (string?)(JsonNode)made["name"]!);
        }
    }
}
