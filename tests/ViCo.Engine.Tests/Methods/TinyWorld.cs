using TorchSharp.Modules;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Methods.VisualCondition;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Text;
using ViCo.Options;

namespace ViCo.Engine.Tests.Methods;

/// <summary>The whole way from S★ to the loss: text tower, both paths of the U-Net, masks, regulariser.</summary>
internal sealed class TinyWorld : IDisposable
{
    private const int Vocabulary = 40;

    private readonly CLIPTextModel _text = new(new(Vocabulary, TinyNetwork.TextWidth, 2, 2, 48, TinyNetwork.Tokens, 1e-5, true));
    private readonly TokenPositions[] _positions;
    private readonly Tensor _ids, _noisy, _references, _noise, _timesteps;

    /// <param name="dtype">Of what is trained, of latents and of noise.</param>
    /// <param name="frozen">Of the networks' weights; null: the same.</param>
    public TinyWorld(ScalarType dtype, int samples, ScalarType? frozen = null)
    {
        Net = new(dtype, frozen);
        Net.Fill(_text, 1.5);
        _text.to(frozen ?? dtype);
        Placeholder = nn.Parameter(Net.Random(1, TinyNetwork.TextWidth).Times(0.3));

        // Captions of different lengths: begin, words, S★ (the id after the vocabulary), end, padding.
        var columns = Enumerable.Range(0, samples).Select(i => i + 2).ToArray();
        _ids = tensor([.. columns.SelectMany(at => Enumerable.Range(0, TinyNetwork.Tokens).Select(
            t => t < at ? t + 1L : t == at ? Vocabulary : t == at + 1 ? Vocabulary - 1L : Vocabulary - 2))]).view(samples, -1);
        _positions = [.. columns.Select(at => TokenPositions.At([([at], at + 1)], TinyNetwork.Tokens, CPU)),
            TokenPositions.At([.. columns.Select(at => (new[] { at }, at + 1))], TinyNetwork.Tokens, CPU)];
        (_noisy, _references, _noise) = (Net.Random(samples, 4, 16, 16), Net.Random(samples, 4, 16, 16), Net.Random(samples, 4, 16, 16));
        _timesteps = tensor([.. Enumerable.Range(0, samples).Select(i => 100L + 300 * i)]);
    }

    public TinyNetwork Net { get; }

    public Parameter Placeholder { get; }

    public IEnumerable<(string Name, Parameter Parameter)> Trained() => [("S*", Placeholder), .. Net.Blocks.NamedTensors()];

    /// <summary>Of the whole batch, or of one of its samples.</summary>
    public Tensor Loss(OptionValues switches, double lambda, int? sample = null)
    {
        var pass = new Adaptation();
        pass.Placeholders.Add(Rows.All, Placeholder);
        var (noise, regularization) = VisualConditionMethod.Loss(
            Net.UNet, Net.Blocks,
            new(Of(_noisy), Of(_noise), Of(_references), Of(_timesteps), _text.call(Of(_ids), pass),
                _positions[sample ?? _positions.Length - 1]), switches);
        return noise.Plus(regularization.Times(lambda));

        Tensor Of(Tensor batch) => sample is { } i ? batch.narrow(0, i, 1) : batch;
    }

    public void ForgetGradients()
    {
        foreach (var (_, parameter) in Trained()) parameter.grad = null;
    }

    public void Dispose()
    {
        foreach (var positions in _positions) positions.Dispose();
        _text.Dispose();
        Net.Dispose();
    }
}
