using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Methods.Parts;

/// <summary>A network of the concept's own that takes the base model's place: all of its weights are trained.</summary>
/// <remarks>
/// It learns in float32, whatever the base model is stored in, and is drawn with in the base model's number type. A pass of it has no
/// room for other concepts. Names are the network's own, behind its prefix.
/// </remarks>
internal sealed class WholeNetwork : IPart
{
    private readonly BaseModel _model;
    private readonly string _network;
    private readonly Module _own;

    /// <param name="network"><see cref="NetworkLayer.OfUNet"/> or <see cref="NetworkLayer.OfText"/>.</param>
    public WholeNetwork(BaseModel model, string network, double learningRate)
    {
        (_model, _network, LearningRate) = (model, network, learningRate);
        var meta = new Device(DeviceType.META);             // no memory until there are numbers
        _own = network == NetworkLayer.OfUNet ? new UNet2DConditionModel(model.UNet.Config, meta)
            : new CLIPTextModel(model.TextEncoder.Config, meta);
        _own.eval();
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Tensors =>
        [.. _own.named_parameters().Select(p => ($"{_network}.{p.name}", p.parameter))];

    public double LearningRate { get; }

    public bool TouchesOtherTexts => true;

    public bool SharesPasses => false;

    /// <summary>The base model's numbers.</summary>
    public void Create(Generator random)
    {
        using var noGrad = no_grad();
        var start = Base.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        // A copy in any case: what is trained must not be the base model's own memory.
        MetaModule.Replace(_own, (name, _) => Parameter(start[name].to(ScalarType.Float32, copy: true)));
    }

    public void Fill(IWeightFile file)
    {
        using var noGrad = no_grad();
        var (type, device) = (Base.parameters().First().dtype, _model.Device);
        MetaModule.Fill(_own, name => file.Load($"{_network}.{name}", type).to(device));
    }

    public void Join(Adaptation pass, Share share)
    {
        if (_own is UNet2DConditionModel unet) pass.UNet = unet;
        else pass.TextEncoder = (CLIPTextModel)_own;
    }

    public void Dispose() => _own.Dispose();

    private Module Base => _network == NetworkLayer.OfUNet ? _model.UNet : _model.TextEncoder;
}
