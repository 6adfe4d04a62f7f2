using ViCo.Text;

namespace ViCo.Engine.Tests.Text;

public sealed class UnicodeRepairTests
{
    [Theory]
    [InlineData("a photo of a dog", "a photo of a dog")]
    [InlineData("naïve café — “quoted”", "naïve café — \"quoted\"")]
    [InlineData("Привет, мир", "Привет, мир")]
    [InlineData("l’été", "l'été")]
    [InlineData("cafe\u0301", "café")]
    [InlineData("ﬁne ﬂow Ĳssel ŉ", "fine flow IJssel 'n")]
    [InlineData("ＡＢＣ１２３　ｶﾞｷﾞ ￦", "ABC123 ガギ ₩")]
    [InlineData("\uFEFFa\0b\u001b[31mred\u001b[0m\u200d", "abred\u200d")]
    [InlineData("a\r\nb\rc\u2028d", "a\nb\nc\nd")]
    [InlineData("\u0093quoted\u0094 \u0085 \u0081", "\"quoted\" … \u0081")]
    public void Text_is_cleaned(string text, string expected) => Assert.Equal(expected, UnicodeRepair.Repair(text));

    [Theory]
    [InlineData("&amp;amp; &eacute; &EACUTE; &hearts; &NotEqualTilde; &CounterClockwiseContourIntegral;",
        "& é É ♥ ≂̸ &CounterClockwiseContourIntegral;")]
    [InlineData("&#233; &#xE9; &#x1F600; &#128; &#0; &#xD800; &#1;", "é é 😀 € \ufffd \ufffd ")]
    [InlineData("&nosuch; &amp &copy &#; &#x; &#59; &#12ab;", "&nosuch; &amp &copy &#; &#x; &#59; &#12ab;")]
    [InlineData("a < b &amp; c", "a < b &amp; c")]
    [InlineData("&lt;b&gt; first\n<b> then &amp;\n&amp; after", "<b> first\n<b> then &amp;\n&amp; after")]
    public void Entities_are_unescaped_unless_the_text_holds_markup(string text, string expected) =>
        Assert.Equal(expected, UnicodeRepair.Repair(text));

    [Fact]
    public void Lone_surrogates_become_replacement_characters_and_pairs_stay() =>
        Assert.Equal("\ufffd 😀 \ufffd", UnicodeRepair.Repair("\ud83d \ud83d\ude00 \ude00"));

    [Theory]
    [InlineData(1252)]
    [InlineData(28591)]
    [InlineData(1251)]
    public void Words_misread_in_an_eight_bit_encoding_come_back(int codePage)
    {
        var encoding = System.Text.CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? System.Text.Encoding.Latin1;
        string[] words =
            ["Crème brûlée", "Привет, мир", "日本語の写真", "😀🐶", "größer", "Việt Nam", "ελληνικά"];
        foreach (var word in words)
        {
            var garbled = encoding.GetString(System.Text.Encoding.UTF8.GetBytes(word));
            if (!garbled.Contains('?', StringComparison.Ordinal) && !garbled.Contains('\uFFFD', StringComparison.Ordinal))
                Assert.Equal(word, UnicodeRepair.Repair(garbled));
        }
    }

    [Theory]
    [InlineData("rÃ©sumÃ© – rÃ©sumÃ©", "résumé – résumé")]                     // only parts are garbled
    [InlineData("donâ€™t", "don't")]
    [InlineData("donÃ¢â‚¬â„¢t", "don't")]                                     // twice
    [InlineData("voilÃ\u00A0le chÃ¢teau", "voilàle château")]
    [InlineData("Ã la carte", "Ã la carte")]                                    // too little to go by
    [InlineData("bulgarÑ�ki ÐµÐ·Ð¸Ðº", "bulgar�ki език")]                     // a byte was lost
    public void Garble_is_undone_as_far_as_it_is_certain(string text, string expected) =>
        Assert.Equal(expected, UnicodeRepair.Repair(text));

    [Theory]
    [InlineData("CAFÉ™ and NESTLÉ® by É…")]
    [InlineData("5×£35 pin ups, 4288×…")]
    [InlineData("Â Ã Ð")]
    [InlineData("CONCLUSÃO")]
    [InlineData("AHÅ, 10 Å—")]
    [InlineData("ВІКІ")]
    [InlineData("x² m³ 20°C ½ © ® ™")]
    public void What_people_write_stays(string text) => Assert.Equal(text, UnicodeRepair.Repair(text));

    [Fact]
    public void Mending_twice_changes_nothing_and_no_text_breaks_it()
    {
        var random = new Random(5);
        var alphabet = ("aAzé ÃÂâ€™œ“\u00A0Ð¿ÑäÅ×\u0081\u009D�?"
            + "&#x;<|\n\u001b[0m\ud83d\ude00本ｶﾞfi ﬁ√©░").ToCharArray();
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            var once = UnicodeRepair.Repair(text);
            // A line's markup is seen by the lines after it: one line mends to a fixed point unless entities produced the markup.
            if (!text.Contains('&', StringComparison.Ordinal))
                Assert.Equal(once, UnicodeRepair.Repair(once));
        }
    }
}
