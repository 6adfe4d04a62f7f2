using System.CommandLine;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Concepts;
using ViCo.Benchmarks;

namespace ViCo.Cli.Benchmarks;

/// <summary>The options of every benchmark of the engine: at which size, with how many threads, where the numbers go.</summary>
internal sealed class BenchOptions
{
    private readonly Option<string> _size = new("--size")
    {
        Description =
            "toybox: the small base model of this repository. sd256: Stable Diffusion 1.5 in full size with random weights, pictures "
            + "of 256 px; takes 4.3 GB of temporary files and 16 GB of memory. sd512: the same, pictures of 512 px.",
        DefaultValueFactory = _ => "toybox",
    };

    private readonly Option<int?> _threads =
        Ranged.Int("--threads",
        "Threads the engine computes with. Default: what the engine takes, which is one for the toybox and the machine's cores for sd256.",
        1, 1024);
    private readonly Option<bool> _brief = new("--brief")
    {
        Description = "Only the plain path and the engine as it is, without each change alone.",
    };
    private readonly Option<string[]> _also = new("--also")
    {
        Description =
            "bf16: also the engine with its frozen networks in bf16, a second base model in memory. tome: also with half of the "
            + "tokens merged. Both deviate by design. channels-last: also with the U-Net's maps laid out by channels last. May be "
            + "repeated.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<FileInfo?> _json = new("--json")
    {
        Description = "Also writes everything measured into this file.",
        HelpName = "FILE",
    };

    /// <summary>The sizes that networks come in.</summary>
    public const string Toybox = "toybox", Small = "sd256", Large = "sd512";

    private const string Cpu = "cpu";

    private readonly Option<string> _device = new("--device")
    {
        Description = "Where to compute: cpu, or cuda:0 and so on.",
        DefaultValueFactory = _ => Cpu,
    };

    /// <param name="sizes">Those there are to choose from; none: toybox and sd256.</param>
    public BenchOptions(params string[] sizes)
    {
        _size.AcceptOnlyFromAmong(sizes.Length > 0 ? sizes : [Toybox, Small]);
        _also.AcceptOnlyFromAmong([.. Approximate.Keys]);
    }

    private static Dictionary<string, Approximations> Approximate { get; } = new()
    {
        ["bf16"] = Approximations.BFloat16, ["tome"] = Approximations.TokenMerging, ["channels-last"] = Approximations.ChannelsLast,
    };

    /// <summary>Which paths there are, for verbs that compare them.</summary>
    public void AddPathsTo(Command command)
    {
        command.Add(_brief);
        command.Add(_also);
    }

    public void AddTo(Command command)
    {
        command.Add(_size);
        command.Add(_threads);
        command.Add(_json);
    }

    /// <summary>Where to compute, for verbs that measure more than the CPU.</summary>
    public void AddDeviceTo(Command command) => command.Add(_device);

    /// <summary>Whether the networks are Stable Diffusion's: a step then takes seconds.</summary>
    public bool IsLarge(ParseResult parsed) => Size(parsed) != Toybox;

    public string Size(ParseResult parsed) => parsed.GetValue(_size)!;

    public int Threads(ParseResult parsed) => parsed.GetValue(_threads) ?? (IsLarge(parsed) ? Environment.ProcessorCount : 1);

    public string Device(ParseResult parsed) => parsed.GetValue(_device) ?? Cpu;

    public FileInfo? Json(ParseResult parsed) => parsed.GetValue(_json);

    public BenchmarkSetup Setup(ParseResult parsed) => new(
        IsLarge(parsed) ? null : Installation.BaseModel(null), PhotoFolder.Read(Installation.SamplePhotos), Threads(parsed),
        parsed.GetValue(_brief), (parsed.GetValue(_also) ?? []).Aggregate(Approximations.None, (all, name) => all | Approximate[name]))
    {
        Device = Device(parsed),
    };
}
