using System.Text.Json;
using ViCo.Text;
using ViCo.Engine.Tests.Goldens;

namespace ViCo.Engine.Tests.Text;

[GoldenSet("tokenizer")]
[Trait("Category", "Golden")]
public sealed class ClipTokenizerTests
{
    private static readonly ClipTokenizer Clip = ClipTokenizer.Load(Path.Combine(GoldenCase.Own, "tokenizer"));
    private static readonly ClipTokenizer Toybox = ClipTokenizer.Load(Repository.PathOf("models", "toybox", "tokenizer"));

    [Fact]
    public void Every_golden_text_gets_its_ids()
    {
        var entries = GoldenCase.ReadJson("tokenizer/tokenizer.json").GetProperty("entries");
        var tokenizer = ClipTokenizer.Load(Path.Combine(GoldenCase.Root, "tokenizer"));
        var wrong = new List<string>();
        foreach (var entry in entries.EnumerateArray())
        {
            var text = entry.GetProperty("text").GetString()!;
            int[] wanted = [.. entry.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32())];
            var found = tokenizer.Tokenize(text);
            if (!found.SequenceEqual(wanted))
                wrong.Add($"{entry.GetProperty("kind").GetString()} {JsonSerializer.Serialize(text)}: [{string.Join(' ', found)}]; "
                    + $"wanted [{string.Join(' ', wanted)}]");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {entries.GetArrayLength()} texts:\n{string.Join('\n', wrong)}");
        Assert.True(entries.GetArrayLength() >= 581 || GoldenCase.Root != GoldenCase.Own,
            $"only {entries.GetArrayLength()} texts were checked");
    }

    [Fact]
    public void A_prompt_is_framed_cut_and_padded()
    {
        var empty = Clip.Encode("");
        Assert.Equal([49406L, .. Enumerable.Repeat(49407L, 76)], empty.Ids);
        Assert.Equal((1, 0), (empty.EndOfText, empty.DroppedTokens));

        var full = Clip.Encode(string.Join(' ', Enumerable.Repeat("dog", 90)));
        Assert.Equal([49406L, .. Enumerable.Repeat(1929L, 75), 49407L], full.Ids);
        Assert.Equal((76, 15), (full.EndOfText, full.DroppedTokens));
    }

    [Theory]
    [InlineData("a photo of a *", 5)]
    [InlineData("a photo of a S*", 5)]
    [InlineData("a photo of a <teapot>", 5)]
    [InlineData("a photo of a *.", 5)]                  // glued to punctuation it would be another token of CLIP's
    [InlineData("a photo of a (*)", 6)]
    [InlineData("a photo of a *'s lid", 5)]
    [InlineData("*", 1)]
    [InlineData("a Café with S*", 4)]
    public void A_placeholder_becomes_a_private_id_wherever_it_stands(string prompt, int column)
    {
        var forms = new Dictionary<string, int> { ["S*"] = 0, ["*"] = 0, ["<teapot>"] = 0 };
        foreach (var tokenizer in new[] { Clip, Toybox })
        {
            var encoded = tokenizer.Encode(prompt, forms);
            var placeholder = Assert.Single(encoded.Placeholders);
            Assert.Equal(0, placeholder.Index);
            Assert.Equal(tokenizer.VocabularySize, encoded.Ids[placeholder.Column]);
            Assert.Equal(tokenizer.EndId, encoded.Ids[encoded.EndOfText]);
            Assert.DoesNotContain(tokenizer.EndId, encoded.Ids.Take(encoded.EndOfText).Select(id => (int)id));
            if (tokenizer == Clip)
                Assert.Equal(column, placeholder.Column);
        }
    }

    [Fact]
    public void Words_around_a_placeholder_tokenize_as_if_it_were_a_word()
    {
        var with = Clip.Encode("the *-shaped cake");
        Assert.Equal([.. Clip.Tokenize("the"), 49408, .. Clip.Tokenize("-shaped cake")], with.Ids.Skip(1).Take(5).Select(i => (int)i));
        Assert.Equal([.. Clip.Tokenize("ALPS"), 49408], Clip.Encode("ALPS*").Ids.Skip(1).Take(with.EndOfText).TakeWhile(i => i != 49407)
            .Select(i => (int)i));
    }

    [Fact]
    public void Several_concepts_keep_their_own_ids()
    {
        var encoded = Clip.Encode("<a> beside <b> and <a>", new Dictionary<string, int> { ["<a>"] = 0, ["<b>"] = 1 });
        Assert.Equal([new(1, 0), new(3, 1), new(5, 0)], encoded.Placeholders);
    }

    [Fact]
    public void A_placeholder_of_several_ids_takes_them_all_and_a_text_too_long_keeps_the_first()
    {
        var forms = new Dictionary<string, int> { ["<a>"] = 0, ["<b>"] = 1 };
        IReadOnlyList<IReadOnlyList<int>> names = [[49408, 49409], [49410, .. Clip.Tokenize("red dog")]];
        var encoded = Clip.Encode("<b> and <a>", forms, names);
        Assert.Equal([49410, .. Clip.Tokenize("red dog and"), 49408, 49409, 49407], encoded.Ids.Skip(1).Take(7).Select(i => (int)i));
        Assert.Equal([new(1, 1), new(2, 1, 1), new(3, 1, 2), new(5, 0), new(6, 0, 1)], encoded.Placeholders);

        var cut = Clip.Encode(string.Join(' ', Enumerable.Repeat("dog", 74)) + " <a>", forms, names);
        Assert.Equal([new(75, 0)], cut.Placeholders);
        Assert.Equal(1, cut.DroppedTokens);
    }

    [Fact]
    public void A_placeholder_that_is_cut_off_is_not_reported()
    {
        var encoded = Clip.Encode(string.Join(' ', Enumerable.Repeat("dog", 75)) + " *");
        Assert.Empty(encoded.Placeholders);
        Assert.Equal(1, encoded.DroppedTokens);
    }

    [Fact]
    public void Toybox_frames_with_its_own_ids_and_equals_the_pipeline_golden()
    {
        Assert.Equal((955, 956, 956, 957, 77), (Toybox.BeginId, Toybox.EndId, Toybox.PadId, Toybox.VocabularySize, Toybox.MaxLength));
        Assert.Equal([265], Toybox.Tokenize("*"));

        using var scope = NewDisposeScope();
        using var golden = GoldenCase.Open("toybox_pipeline/pipeline");
        string[] prompts = [.. golden.Json.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!),
            golden.Json.GetProperty("negative_prompt").GetString()!];
        golden.Check("ids", stack([.. prompts.Select(p => tensor(Toybox.Encode(p).Ids.ToArray()))]));
    }

    [Theory]
    [InlineData("teapot", 1)]
    [InlineData("object", 1)]
    [InlineData("teddybear", 2)]
    [InlineData("", 0)]
    [InlineData("stuffed animal", 2)]
    public void An_init_word_may_be_several_tokens(string word, int tokens) => Assert.Equal(tokens, Clip.Tokenize(word).Count);

    [Fact]
    public void Composition_and_lower_casing_follow_Unicode()
    {
        Assert.Equal("é", UnicodeText.Compose("e\u0301"));
        Assert.Equal("Å", UnicodeText.Compose("\u212B"));                   // Angstrom sign: a singleton
        Assert.Equal("한글", UnicodeText.Compose("\u1112\u1161\u11AB\u1100\u1173\u11AF"));
        Assert.Equal("ệ", UnicodeText.Compose("e\u0302\u0323"));            // marks are reordered first
        Assert.Equal("\u0915\u093C", UnicodeText.Compose("\u0958"));       // excluded from composition
        // From the Unicode normalization test: the grave reaches over a mark of a lower class, the overline then keeps its place.
        Assert.Equal("\u00E0\u05AE\u0305\u0315\u0062", UnicodeText.Compose("\u0061\u0315\u0300\u05AE\u0305\u0062"));
        Assert.Equal("οδυσσευς σ ας'", UnicodeText.Lower("ΟΔΥΣΣΕΥΣ Σ ΑΣ'"));
        Assert.Equal("i\u0307k\U00010428", UnicodeText.Lower("İK\U00010400"));
    }
}
