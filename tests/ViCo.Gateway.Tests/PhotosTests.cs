using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ViCo.Pictures;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class PhotosTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bad_photo_is_named_and_the_good_ones_beside_it_are_not_kept()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var answer = await SendAsync(concept, ("good.png", Sample(2)), ("holiday.txt", "not a picture"u8.ToArray()),
            ("also good.png", Sample(3)));

        var problem = await ProblemAsync(answer, HttpStatusCode.UnsupportedMediaType, "photo_unsupported_type");
        Assert.Contains("holiday.txt", (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.Equal("holiday.txt", (string?)Assert.Single(problem["photos"]!.AsArray())!["name"]);
        Assert.Single((await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]!.AsArray());
    }

    [Fact]
    public async Task Every_bad_photo_of_a_request_is_named()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var png = Sample(2);
        var answer = await SendAsync(concept, ("half.png", png[..(png.Length / 2)]), ("big.png", new byte[500_000]),
            ("gif.png", "GIF89a........................"u8.ToArray()));

        var problem = await ProblemAsync(answer, HttpStatusCode.UnprocessableEntity, "photos_rejected");
        Assert.Equal(["half.png", "big.png", "gif.png"], problem["photos"]!.AsArray().Select(p => (string)p!["name"]!));
        Assert.Equal([422, 413, 415], problem["photos"]!.AsArray().Select(p => (int)p!["status"]!));
    }

    [Fact]
    public async Task A_photo_that_is_too_large_in_bytes_is_413()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await ProblemAsync(await SendAsync(concept, ("big.png", new byte[500_000])), HttpStatusCode.RequestEntityTooLarge,
            "photo_too_many_bytes");
    }

    [Fact]
    public async Task Photos_that_come_while_their_concept_is_deleted_leave_nothing()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        using var form = new MultipartFormDataContent { { Photo(Sample(2), "image/png"), "photos", "2.png" } };
        using var halting = new HaltingContent(form);
        var sending = host.Client.PostAsync(new Uri($"/concepts/{concept}/photos", UriKind.Relative), halting, Stop);
        await halting.Halted;
        await Task.Delay(TimeSpan.FromMilliseconds(500), Stop);                 // the gateway has looked the concept up
        await OkAsync(await host.Client.DeleteAsync($"/concepts/{concept}", Stop));
        halting.GoOn();
        await ProblemAsync(await sending, HttpStatusCode.NotFound, "concept_not_found");
        var left = Path.Combine(host.Blobs, "tenants", "default", "concepts", concept);
        Assert.Empty(Directory.Exists(left) ? Directory.EnumerateFiles(left, "*", SearchOption.AllDirectories) : []);
    }

    [Fact]
    public async Task A_photo_by_its_hash_is_added_once_costs_a_header_when_it_is_there_and_is_not_taken_cut()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var photo = Sample(2);
        var path = $"/concepts/{concept}/photos/{Convert.ToHexStringLower(SHA256.HashData(photo))[..32]}";
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.SendAsync(new(HttpMethod.Head, path), Stop)).StatusCode);
        Assert.Equal("HTTP/1.1 100 Continue", await BeforeItsBodyAsync(path));
        var cut = await ProblemAsync(await host.Client.PutAsync(path, Photo(photo[..^1], "image/png"), Stop),
            HttpStatusCode.UnprocessableEntity, "photo_differs");
        Assert.Contains($"{photo.Length - 1} bytes", (string)cut["detail"]!, StringComparison.Ordinal);

        var added = await host.Client.PutAsync($"{path}?name=two.png", Photo(photo, "image/png"), Stop);
        Assert.Equal((HttpStatusCode.Created, path), (added.StatusCode, added.Headers.Location?.ToString()));
        Assert.Equal("two.png", (string?)(await OkAsync(added))["name"]);
        Assert.Equal(HttpStatusCode.OK, (await host.Client.SendAsync(new(HttpMethod.Head, path), Stop)).StatusCode);

        Assert.Equal("HTTP/1.1 200 OK", await BeforeItsBodyAsync(path));
        var there = await host.Client.PutAsync($"{path}?name=other.png", Photo(photo, "image/png"), Stop);
        Assert.Equal(HttpStatusCode.OK, there.StatusCode);
        Assert.Equal("two.png", (string?)(await OkAsync(there))["name"]);
        Assert.Equal(2, (await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_photo_by_its_hash_goes_by_the_same_rules()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        string AddressOf(byte[] content) => $"/concepts/{concept}/photos/{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}";
        var (words, large) = ("not a picture"u8.ToArray(), new byte[500_000]);
        await ProblemAsync(await host.Client.PutAsync(AddressOf(words), Photo(words, "image/png"), Stop),
            HttpStatusCode.UnsupportedMediaType, "photo_unsupported_type");
        await ProblemAsync(await host.Client.PutAsync(AddressOf(large), Photo(large, "image/png"), Stop),
            HttpStatusCode.RequestEntityTooLarge, "photo_too_many_bytes");
        await ProblemAsync(await host.Client.PutAsync(AddressOf(words), Photo(words, "text/plain"), Stop),
            HttpStatusCode.UnsupportedMediaType, "unsupported_type");
        await ProblemAsync(await host.Client.PutAsync($"{AddressOf(words)}?object=2", Photo(words, "image/png"), Stop),
            HttpStatusCode.BadRequest, "invalid_field");
        await ProblemAsync(await host.Client.PutAsync("/concepts/nobody/photos/x", Photo(words, "image/png"), Stop),
            HttpStatusCode.NotFound, "concept_not_found");
        Assert.Single((await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]!.AsArray());
    }

    [Fact]
    public async Task A_photo_lies_upright_and_without_metadata()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var picture = new Picture(120, 80, Enumerable.Range(0, 120 * 80 * 3).Select(i => (byte)(i * 7)).ToArray());
        var turned = WithExif(PictureCodec.EncodeJpeg(picture), orientation: 6, secret: "taken at 48.8584 N");
        Assert.Contains("48.8584", Encoding.Latin1.GetString(turned), StringComparison.Ordinal);

        var photo = (await OkAsync(await SendAsync(concept, ("turned.jpg", turned))))["photos"]![0]!;
        Assert.Equal((80, 120), ((int)photo["width"]!, (int)photo["height"]!));
        var stored = await host.Client.GetByteArrayAsync(new Uri((string)photo["url"]!, UriKind.Relative), Stop);
        Assert.DoesNotContain("48.8584", Encoding.Latin1.GetString(stored), StringComparison.Ordinal);
        Assert.DoesNotContain("Exif", Encoding.Latin1.GetString(stored), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_photo_twice_is_one_photo()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var first = await OkAsync(await SendAsync(concept, ("a.png", Sample(4)), ("b.png", Sample(4))));
        var again = await OkAsync(await SendAsync(concept, ("c.png", Sample(4))));
        Assert.Equal((string?)first["photos"]![0]!["id"], (string?)again["photos"]![0]!["id"]);
        Assert.Equal(2, (await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_photo_says_what_it_was_looked_at_for_and_is_compared_with_those_that_came_before()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var copy = PictureCodec.EncodeJpeg(PictureCodec.Decode(Sample(1), "1.png"), 80);
        var photo = (await OkAsync(await SendAsync(concept, ("copy.jpg", copy))))["photos"]![0]!;
        Assert.Equal(["size", "blur", "exposure", "near-duplicate"], photo["checks"]!.AsArray().Select(check => (string?)check));
        Assert.Equal("Photo 'copy.jpg' looks like photo '1.png'; different angles and backgrounds teach more.",
            (string?)Assert.Single(photo["warnings"]!.AsArray()));

        // Its id is known before it is sent: HEAD tells whether it is there.
        var id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(copy))[..32];
        Assert.Equal(id, (string?)photo["id"]);
        using var head = new HttpRequestMessage(HttpMethod.Head, new Uri($"/concepts/{concept}/photos/{id}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, (await host.Client.SendAsync(head, Stop)).StatusCode);
    }

    [Fact]
    public async Task A_form_without_photos_or_with_other_fields_is_refused()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        using var other = new MultipartFormDataContent { { new ByteArrayContent(Sample(2)), "file", "a.png" } };
        await ProblemAsync(await host.Client.PostAsync($"/concepts/{concept}/photos", other, Stop), HttpStatusCode.BadRequest,
            "unknown_form_field");
        using var json = new StringContent("{}", Encoding.UTF8, "application/json");
        await ProblemAsync(await host.Client.PostAsync($"/concepts/{concept}/photos", json, Stop), HttpStatusCode.UnsupportedMediaType,
            "unsupported_type");
        using var torn = new StringContent("--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.png\"\r\n\r\nabc",
            Encoding.ASCII);
        torn.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "x") } };
        await ProblemAsync(await host.Client.PostAsync($"/concepts/{concept}/photos", torn, Stop), HttpStatusCode.BadRequest,
            "bad_request");
    }

    [Fact]
    public async Task A_file_name_cannot_smuggle_a_path_or_a_line()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var photo = (await OkAsync(await SendAsync(concept, ("..\\..\\etc/passwd.png", Sample(5)))))["photos"]![0]!;
        Assert.Equal("passwd.png", (string?)photo["name"]);
    }

    private async Task<HttpResponseMessage> SendAsync(string concept, params (string Name, byte[] Content)[] photos)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, content) in photos) form.Add(Photo(content, "image/png"), "photos", name);
        return await host.Client.PostAsync($"/concepts/{concept}/photos", form, Stop);
    }

    /// <summary>Puts an EXIF segment with an orientation and a text after the JPEG's start.</summary>
    private static byte[] WithExif(byte[] jpeg, byte orientation, string secret)
    {
        var text = Encoding.ASCII.GetBytes(secret + "\0");
        byte[] tiff =
        [
            (byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 2, 0,
            0x0E, 0x01, 2, 0, .. BitConverter.GetBytes(text.Length), 38, 0, 0, 0,              // ImageDescription at 38
            0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0,                                // Orientation
            0, 0, 0, 0, .. text,
        ];
        byte[] body = [.. "Exif\0\0"u8, .. tiff];
        var length = body.Length + 2;
        return [.. jpeg[..2], 0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. body, .. jpeg[2..]];
    }

    /// <summary>The first line that is answered to an upload whose body has not been sent yet.</summary>
    private async Task<string> BeforeItsBodyAsync(string path)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(host.Address.Host, host.Address.Port, Stop);
        await using var stream = socket.GetStream();
        var head = $"PUT {path} HTTP/1.1\r\nHost: {host.Address.Authority}\r\nAuthorization: Bearer {host.Admin.ApiKey}\r\n"
            + "Content-Type: image/png\r\nContent-Length: 300000\r\nExpect: 100-continue\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), Stop);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadLineAsync(Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Stop) ?? "";
    }
}
