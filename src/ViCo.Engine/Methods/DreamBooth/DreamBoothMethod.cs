using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.DreamBoothLora;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.DreamBooth;

/// <summary>
/// DreamBooth: a rare word in front of the class comes to mean the object, because the networks are trained whole. Ruiz et al. 2023
/// (arXiv:2208.12242).
/// </summary>
/// <param name="options">The name and options of this choice of networks.</param>
/// <param name="networks">Which are trained, by their names in <see cref="NetworkLayer"/>.</param>
internal sealed class DreamBoothMethod(MethodOptions options, params IReadOnlyList<string> networks) : IMethod
{
    public MethodOptions Options => options;

    public IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords)
    {
        var rate = options.Get(DreamBoothOption.NetworkLearningRate);
        return
        [
            new PlaceholderRows(model, DreamBoothLoraMethod.NamesOf(options, initWords), 0),
            .. networks.Select(network => new WholeNetwork(model, network, rate)),
        ];
    }

    public LossTerms Loss(Adapted adapted, TrainingBatch batch) => NoiseLoss.Of(adapted, batch);
}
