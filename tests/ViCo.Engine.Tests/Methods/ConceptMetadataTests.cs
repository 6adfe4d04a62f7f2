using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Tests.Methods;

public sealed class ConceptMetadataTests
{
    [Theory]
    [InlineData("squash", SquareFit.Squash)]
    [InlineData("crop", SquareFit.Crop)]
    [InlineData("letterbox", SquareFit.Letterbox)]
    public void A_checkpoint_says_how_its_photos_became_squares(string resize, SquareFit fit)
    {
        var options = TrainingOptions.From(BaseModelDefaults.Read(Repository.PathOf("models", "toybox")), OptionValues.None
            .With(TrainingOption.Resize, resize));
        var metadata = new ConceptMetadata("toybox", new('0', 64), options.Get(TrainingOption.Method), options.ToJson(), 1, "teapot");
        Assert.Equal(fit, ConceptMetadata.Read(SafetensorsWriter.ToBytes([], metadata.ToEntries()).Stored()).PhotoFit());
    }
}
