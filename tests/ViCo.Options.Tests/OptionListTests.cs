using ViCo.Options;

namespace ViCo.Options.Tests;

public sealed class OptionListTests
{
    [Fact]
    public void Every_bad_value_is_reported_with_name_found_and_wanted()
    {
        var values = OptionValues.FromJson(
            """{"steps":0,"batchSize":4.5,"stepz":3,"flip":"x","layers":[8,8],"captions":"some","mask":{"a":1}}""");

        var problems = OptionCatalog.Default.Training.Check(values).ToDictionary(p => p.Name, p => p.Message);

        Assert.Equal(
            ["batchSize", "captions", "flip", "layers", "mask", "steps", "stepz"], problems.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("steps is 0; wanted 1 to 100000.", problems["steps"]);
        Assert.Equal("batchSize is 4.5; wanted 1 to 64.", problems["batchSize"]);
        Assert.Equal("flip is 'x'; wanted 0 to 1.", problems["flip"]);
        Assert.Equal("captions is 'some'; wanted one of: all, photo, style, plain.", problems["captions"]);
        Assert.Equal("There is no option 'stepz'; did you mean 'steps'?", problems["stepz"]);
    }

    [Theory]
    [InlineData("7.5", 7.5)]
    [InlineData("1e1", 10.0)]
    [InlineData("7,5", null)]
    [InlineData("1,000", null)]
    [InlineData("NaN", null)]
    [InlineData("101", null)]
    public void Fractions_have_a_point(string text, double? read) =>
        Assert.Equal(read, SamplingOption.Guidance.Accept(SamplingOption.Guidance.Parse(text)));

    [Fact]
    public void A_list_has_each_name_once_old_ones_too()
    {
        var one = Option.Switch("one", false, "");
        Assert.Throws<ArgumentException>(() => new OptionList([one, Option.Integer("one", 0, 1, 0, "")]));
        Assert.Throws<ArgumentException>(() => new OptionList([one, Option.Integer("two", 0, 1, 0, "") with { OldNames = ["one"] }]));
        Assert.Single(new OptionList([one]).And(one));
    }

    [Fact]
    public void Old_names_read_as_new_ones()
    {
        var old = OptionValues.FromJson("""{"steps":30,"guidanceScale":5}""");
        var values = SamplingOption.All.Checked(SamplingOption.All.Renamed(old));
        Assert.Equal(30, values.Get(SamplingOption.SamplingSteps));
        Assert.Equal(5, values.Get(SamplingOption.Guidance));
        Assert.Contains("did you mean 'guidance'", SamplingOption.All.Unknown("guidanceScale"));
        Assert.Throws<ArgumentException>(() => SamplingOption.All.Renamed(OptionValues.FromJson("""{"steps":30,"samplingSteps":5}""")));
    }

    [Theory]
    [InlineData(-5L)]
    [InlineData(1L << 53)]
    [InlineData(long.MaxValue)]
    public void A_seed_that_former_versions_stored_still_counts_though_no_new_request_may_say_it(long seed)
    {
        var values = OptionValues.None.With(TrainingOption.Seed, seed);

        Assert.Equal(seed, OptionCatalog.Default.Training.Checked(values).Get(TrainingOption.Seed));
        Assert.Equal("seed", Assert.Single(OptionCatalog.Default.Training.Check(values)).Name);
    }

    [Fact]
    public void Every_option_has_a_default_that_does_and_a_line_of_help()
    {
        foreach (var option in OptionCatalog.Default.Training.Concat(OptionCatalog.Default.Sampling))
        {
            Assert.True(option.Fallback is null || option.Accept(option.Fallback) is not null, option.Name);
            Assert.True(option.Help.Length > 10 && option.Help.EndsWith('.') && !option.Help.Contains('\n'), option.Name);
        }
    }
}
