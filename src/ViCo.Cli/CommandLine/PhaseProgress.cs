using System.Globalization;
using Spectre.Console;

namespace ViCo.Cli.CommandLine;

/// <summary>
/// Shows how far a phase of work is: a bar on a terminal, elsewhere a line about every 5 %; on stderr. Reports may come from any thread.
/// </summary>
internal sealed class PhaseProgress
{
    private readonly string _title;
    private readonly ProgressTask? _bar;
    private readonly Lock _gate = new();
    private int _shownTwentieth = -1;

    private PhaseProgress(string title, ProgressTask? bar) => (_title, _bar) = (title, bar);

    /// <summary>
    /// Runs <paramref name="work"/> under a progress display; afterwards one line says what came of it and how long it took.
    /// </summary>
    public static async Task<T> RunAsync<T>(string title, Func<PhaseProgress, Task<T>> work)
    {
        var began = TimeProvider.System.GetTimestamp();
        T result;
        if (Terminal.Progress.Profile.Capabilities.Interactive && Terminal.Progress.Profile.Capabilities.Ansi && !Console.IsErrorRedirected)
        {
            result = await Terminal.Progress.Progress()
                .AutoClear(true)
                .HideCompleted(true)
                .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(),
                    new PercentageColumn())
                .StartAsync(context => work(new(title, context.AddTask(Markup.Escape(title)))));
        }
        else
        {
            result = await work(new(title, null));
        }

        Terminal.Progress.MarkupLineInterpolated($"[green]✓[/] {title} [grey]({Elapsed(TimeProvider.System.GetElapsedTime(began))})[/]");
        return result;
    }

    /// <summary><paramref name="done"/> of <paramref name="total"/>, with a few words such as the loss.</summary>
    public void Report(double done, double total, string words)
    {
        lock (_gate)
        {
            if (_bar is not null)
            {
                _bar.MaxValue = total;
                _bar.Value = done;
                _bar.Description = Markup.Escape($"{_title}  {words}");
                return;
            }

            var twentieth = (int)(20 * done / total);
            if (twentieth <= _shownTwentieth) return;
            _shownTwentieth = twentieth;
            Terminal.Say($"  {_title}: {done / total,4:P0}  {words}");
        }
    }

    /// <summary>A duration as people say it: <c>0.8 s</c>, <c>42 s</c>, <c>3 min 05 s</c>.</summary>
    public static string Elapsed(TimeSpan time) => time.TotalSeconds switch
    {
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds:00} s"),
    };
}
