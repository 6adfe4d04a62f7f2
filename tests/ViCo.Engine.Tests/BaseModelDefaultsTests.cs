using ViCo.Options;

namespace ViCo.Engine.Tests;

public sealed class BaseModelDefaultsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-defaults-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_the_file_leaves_out_is_the_papers()
    {
        File.WriteAllText(Path.Combine(_folder, "vico.json"), """
            { "name": "mine", "limits": "Draws no hands.", /* the rest as published */
              "sampling": { "steps": 20, "sampler": "plms" } }
            """);

        var defaults = BaseModelDefaults.Read(_folder);

        var sampling = OptionValues.FromJson("""{"samplingSteps":20,"sampler":"plms"}""");
        Assert.Equal(new() { Name = "mine", Limits = "Draws no hands.", Sampling = sampling }, defaults);
        Assert.Equal((400, 7.5), (defaults.Training.Get(TrainingOption.Steps), defaults.Sampling.Get(SamplingOption.Guidance)));
    }

    [Fact]
    public void Without_a_file_all_of_it_is() => Assert.Equal(new() { Name = Path.GetFileName(_folder) }, BaseModelDefaults.Read(_folder));

    [Theory]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{ "training": { "steps": "many" } }""")]
    [InlineData("""{ "training": { "stepz": 3 } }""")]
    [InlineData("""{ "sampling": { "guidance": 101 } }""")]
    [InlineData("""{ "sampling": { "steps": 3, "samplingSteps": 3 } }""")]
    public void Another_shape_is_refused_with_the_files_name(string content)
    {
        var path = Path.Combine(_folder, "vico.json");
        File.WriteAllText(path, content);
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => BaseModelDefaults.Read(_folder)).Message, StringComparison.Ordinal);
    }
}
