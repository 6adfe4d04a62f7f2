using ViCo.Options;

namespace ViCo.Silo;

/// <summary>The engine of a <c>gpu</c> silo: section <c>ViCo:Engine</c>.</summary>
public sealed class EngineOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "ViCo:Engine";

    /// <summary><c>torch</c> (default), or <c>rehearsal</c>: deterministic, without libtorch, draws nothing real.</summary>
    public string Kind { get; set; } = "torch";

    /// <summary>Folder of the base model in diffusers layout. Torch needs it; rehearsal takes its defaults from it when given.</summary>
    public string? Model { get; set; }

    /// <summary>
    /// Folder for what the engine need not compute at every start, the digests of base models; null (default): they are hashed every time.
    /// </summary>
    public string? CacheFolder { get; set; }

    /// <summary>
    /// Resume points of a training are so much work apart: a worker that dies loses at most that, or the
    /// step under way. 1 ms to 1 h; default 30 s.
    /// </summary>
    public TimeSpan ResumeEvery { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Pictures of different jobs that have sampler, steps and size in common are drawn in one batch, so many at most; 1: each job by
    /// itself. 1 to 64; default 8.
    /// </summary>
    public int DrawTogether { get; set; } = 8;

    /// <summary>How long a rehearsed step takes. 0 to 10 min; default 0.</summary>
    public TimeSpan RehearsalStep { get; set; }

    /// <summary>
    /// What the engine is told: each of <see cref="EngineOption"/> by its name. Not checked; what is not there is its default.
    /// </summary>
    public OptionValues Values { get; private set; } = OptionValues.None;

    /// <summary>Takes what the section says of <see cref="EngineOption"/>.</summary>
    internal void Read(IConfiguration section)
    {
        foreach (var option in EngineOption.All)
        {
            if (section[option.Name] is { Length: > 0 } text) Values = Values.With(option.Name, option.Parse(text));
        }
    }
}
