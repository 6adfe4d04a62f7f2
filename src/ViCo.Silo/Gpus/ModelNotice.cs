using ViCo.Engine;
using ViCo.Grains;
using ViCo.Grains.Gpus;
using ViCo.Grains.Models;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Silo.Gpus;

/// <summary>Tells the platform what it must know of a base model while no worker is there, such as its defaults and its tokens.</summary>
internal sealed class ModelNotice(ModelShelf models, OptionCatalog options, [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock)
{
    public async Task GiveAsync(EngineInfo engine, PictureSizes sizes, CancellationToken stoppingToken)
    {
        Dictionary<string, byte[]> tokenizer = [];
        foreach (var name in ClipTokenizer.Files)
        {
            var path = Path.Combine(engine.TokenizerFolder, name);
            if (File.Exists(path)) tokenizer.Add(name, await File.ReadAllBytesAsync(path, stoppingToken));
        }
        var model = new ModelInfo(engine.BaseDigest, engine.BaseModel, sizes, clock.GetUtcNow())
        {
            Sampling = SettingsForEngine.Sampling(engine, options.Sampling),
            Training = SettingsForEngine.Training(engine, options.Training),
        };
        await models.AddAsync(model, tokenizer, stoppingToken);
    }
}
