using System.Text;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Storage;

/// <summary>What is true of every blob store. Run over a folder and over Azure's protocol.</summary>
public abstract class BlobStoreContract
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}/";

    protected abstract IBlobStore Store { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_is_read()
    {
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        var tag = await Store.WriteAsync(_prefix + "a/b.bin", content, default, Cancel);

        var blob = await Store.ReadAsync(_prefix + "a/b.bin", Cancel);
        Assert.NotNull(blob);
        Assert.Equal(content, blob.Content.ToArray());
        Assert.Equal(tag, blob.ETag);
    }

    [Fact]
    public async Task What_is_written_as_a_stream_is_read_as_a_stream_piece_by_piece()
    {
        var content = new byte[(5 << 20) + 3];
        new Random(2).NextBytes(content);
        await using var from = new PiecesOnly(content);
        var tag = await Store.WriteAsync(_prefix + "big", from, BlobCondition.Absent, Cancel);
        Assert.InRange(from.Largest, 1, 4 << 20);

        await using var to = (await Store.OpenReadAsync(_prefix + "big", Cancel))!;
        using var read = new MemoryStream();
        await to.CopyToAsync(read, Cancel);
        Assert.Equal(content, read.ToArray());
        Assert.Equal(tag, (await Store.ReadAsync(_prefix + "big", Cancel))!.ETag);
        Assert.Null(await Store.OpenReadAsync(_prefix + "small", Cancel));
        using var again = new MemoryStream(content);
        await Assert.ThrowsAsync<BlobConflictException>(() => Store.WriteAsync(_prefix + "big", again, BlobCondition.Absent, Cancel));
    }

    /// <summary>A stream whose readers are told how much they asked for at once.</summary>
    private sealed class PiecesOnly(byte[] content) : MemoryStream(content, writable: false)
    {
        public int Largest { get; private set; }

        // Every other way to read from it comes through here.
        public override int Read(byte[] buffer, int offset, int count)
        {
            Largest = Math.Max(Largest, count);
            return base.Read(buffer, offset, count);
        }
    }

    [Fact]
    public async Task An_empty_blob_is_a_blob()
    {
        await Store.WriteAsync(_prefix + "empty", ReadOnlyMemory<byte>.Empty, BlobCondition.Absent, Cancel);
        Assert.Equal(0, (await Store.ReadAsync(_prefix + "empty", Cancel))!.Content.Length);
        await Assert.ThrowsAsync<BlobConflictException>(() => Store.WriteAsync(_prefix + "empty", Text("x"), BlobCondition.Absent, Cancel));
    }

    [Fact]
    public async Task What_is_not_there_reads_as_null_and_deletes_as_false()
    {
        Assert.Null(await Store.ReadAsync(_prefix + "nothing", Cancel));
        Assert.Null(await Store.ReadAsync(_prefix + "no/such/folder", Cancel));
        Assert.False(await Store.DeleteAsync(_prefix + "nothing", default, Cancel));
    }

    [Fact]
    public async Task Absent_holds_once()
    {
        await Store.WriteAsync(_prefix + "once", Text("first"), BlobCondition.Absent, Cancel);
        await Assert.ThrowsAsync<BlobConflictException>(() =>
            Store.WriteAsync(_prefix + "once", Text("second"), BlobCondition.Absent, Cancel));
        await Assert.ThrowsAsync<BlobConflictException>(() => Store.DeleteAsync(_prefix + "once", BlobCondition.Absent, Cancel));
        Assert.Equal("first", await ReadAsync("once"));
    }

    [Fact]
    public async Task An_etag_holds_until_the_next_write()
    {
        var first = await Store.WriteAsync(_prefix + "tag", Text("1"), default, Cancel);
        var second = await Store.WriteAsync(_prefix + "tag", Text("2"), BlobCondition.Matches(first), Cancel);
        Assert.NotEqual(first, second);
        await Assert.ThrowsAsync<BlobConflictException>(() =>
            Store.WriteAsync(_prefix + "tag", Text("3"), BlobCondition.Matches(first), Cancel));
        await Assert.ThrowsAsync<BlobConflictException>(() => Store.DeleteAsync(_prefix + "tag", BlobCondition.Matches(first), Cancel));
        Assert.Equal("2", await ReadAsync("tag"));
        Assert.True(await Store.DeleteAsync(_prefix + "tag", BlobCondition.Matches(second), Cancel));
    }

    [Fact]
    public async Task An_etag_does_not_hold_for_a_blob_that_is_gone()
    {
        var tag = await Store.WriteAsync(_prefix + "gone", Text("1"), default, Cancel);
        Assert.True(await Store.DeleteAsync(_prefix + "gone", default, Cancel));
        await Assert.ThrowsAsync<BlobConflictException>(() =>
            Store.WriteAsync(_prefix + "gone", Text("2"), BlobCondition.Matches(tag), Cancel));
        await Assert.ThrowsAsync<BlobConflictException>(() => Store.DeleteAsync(_prefix + "gone", BlobCondition.Matches(tag), Cancel));
        Assert.Null(await Store.ReadAsync(_prefix + "gone", Cancel));
    }

    [Fact]
    public async Task Listing_is_in_ordinal_order_and_by_any_prefix()
    {
        // '-' and '.' sort before '/', 'B' before 'a': neither a walk nor a culture gives this order.
        string[] names = ["a/1", "a/10", "a/2", "a-b", "a.b", "B", "ab/c/d"];
        foreach (var name in names) await Store.WriteAsync(_prefix + name, Text(name), default, Cancel);

        Assert.Equal(names.Order(StringComparer.Ordinal), await ListAsync(""));
        Assert.Equal(["a-b", "a.b", "a/1", "a/10", "a/2", "ab/c/d"], await ListAsync("a"));
        Assert.Equal(["a/1", "a/10"], await ListAsync("a/1"));
        Assert.Equal(["ab/c/d"], await ListAsync("ab/"));
        Assert.Empty(await ListAsync("none/"));
        await foreach (var entry in Store.ListAsync(_prefix + "ab", Cancel)) Assert.Equal(6, entry.Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("~tmp/a")]
    [InlineData("a\\b")]
    public async Task A_name_outside_the_rules_is_refused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Store.WriteAsync(name, Text("x"), default, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.ReadAsync(name, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.DeleteAsync(name, default, Cancel));
    }

    [Fact]
    public async Task Of_many_who_write_on_one_etag_one_succeeds()
    {
        const int writers = 8, rounds = 12;
        await Store.WriteAsync(_prefix + "count", Text("0"), default, Cancel);
        await Task.WhenAll(Enumerable.Range(0, writers).Select(async _ =>
        {
            for (var done = 0; done < rounds;)
            {
                var blob = (await Store.ReadAsync(_prefix + "count", Cancel))!;
                var next = int.Parse(Encoding.UTF8.GetString(blob.Content.Span)) + 1;
                try
                {
                    await Store.WriteAsync(_prefix + "count", Text($"{next}"), BlobCondition.Matches(blob.ETag), Cancel);
                    done++;
                }
                catch (BlobConflictException)
                {
                    // Somebody was faster: count from theirs.
                }
            }
        }));
        Assert.Equal($"{writers * rounds}", await ReadAsync("count"));
    }

    protected static ReadOnlyMemory<byte> Text(string text) => Encoding.UTF8.GetBytes(text);

    private async Task<string> ReadAsync(string name) =>
        Encoding.UTF8.GetString((await Store.ReadAsync(_prefix + name, Cancel))!.Content.Span);

    private async Task<List<string>> ListAsync(string prefix)
    {
        List<string> names = [];
        await foreach (var entry in Store.ListAsync(_prefix + prefix, Cancel)) names.Add(entry.Name[_prefix.Length..]);
        return names;
    }
}
