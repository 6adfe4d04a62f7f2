using System.Text.Json;
using ViCo.Options;

namespace ViCo.Engine;

/// <summary>The options in force of one training: the base model's defaults with what the caller asks for laid over them.</summary>
public sealed record TrainingOptions
{
    private TrainingOptions(OptionValues values, OptionCatalog catalog) => (Values, Catalog) = (values, catalog);

    /// <summary>A value for every option of every method.</summary>
    public OptionValues Values { get; private init; }

    /// <summary>The options that there are.</summary>
    internal OptionCatalog Catalog { get; }

    /// <summary>The value of <paramref name="option"/>.</summary>
    public T Get<T>(Option<T> option) => Values.Get(option);

    /// <summary>
    /// Fills what <paramref name="asked"/> leaves open from the base model's
    /// <paramref name="defaults"/>, and the rest from the descriptions.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such option, or a value is out of its range; the
    /// message names all that is wrong.</exception>
    public static TrainingOptions From(BaseModelDefaults defaults, OptionValues asked, OptionCatalog? catalog = null)
    {
        catalog ??= OptionCatalog.Default;
        var list = catalog.Training;
        return new(list.Checked(list.Filled(asked.Over(defaults.Training))), catalog);
    }

    /// <summary>With a value of any option.</summary>
    public TrainingOptions With<T>(Option<T> option, T value) => this with { Values = Values.With(option, value) };

    /// <summary>The same on an engine of these options.</summary>
    internal TrainingOptions On(OptionValues engine) => this with { Values = engine.Over(Values) };

    /// <summary>
    /// The options as JSON, camel case, for job logs and checkpoint metadata; programs older than the described options read it too.
    /// </summary>
    public string ToJson() => TrainingOptionsBefore.Json(Values, InForce);

    /// <summary>Reads what <see cref="ToJson"/> or an older program wrote.</summary>
    /// <exception cref="InvalidDataException">Not such JSON.</exception>
    public static TrainingOptions FromJson(string json, OptionCatalog? catalog = null)
    {
        try
        {
            return new(OptionValues.FromJson(json), catalog ?? OptionCatalog.Default);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"Training options do not read: {e.Message}", e);
        }
    }

    /// <summary>What of them moves the training's numbers, by name.</summary>
    internal IReadOnlyDictionary<string, string> Fingerprint() => Values.Fingerprint(InForce);

    /// <summary>
    /// The options of its method (of all methods where this program does not know it, as in a checkpoint from elsewhere) and the engine's.
    /// </summary>
    private OptionList InForce => (Catalog.Methods.Any(m => m.Name == Get(TrainingOption.Method))
        ? Catalog.TrainingBy(Get(TrainingOption.Method))
        : Catalog.Training).And(EngineOption.All);

    /// <summary>Whether a checkpoint is due after <paramref name="step"/>: every so many steps, and after the last.</summary>
    internal bool CheckpointDue(int step) => step % Get(TrainingOption.CheckpointEvery) == 0 || step == Get(TrainingOption.Steps);

    internal bool PreviewDue(int step) => Get(TrainingOption.PreviewEvery) is > 0 and var every && step % every == 0;
}
