using Spectre.Console;

namespace ViCo.Cli.Doctor;

/// <summary>What the doctor found, in the order it was looked at.</summary>
internal sealed class Findings
{
    private readonly List<Finding> _all = [];

    /// <summary>Something that a demo needs is missing.</summary>
    public bool Failed => _all.Any(f => f.Mark == FindingMark.Missing);

    public IReadOnlyList<Finding> All => _all;

    public void Add(Finding finding) => _all.Add(finding);

    public void AddRange(IEnumerable<Finding> findings) => _all.AddRange(findings);

    public void Print()
    {
        foreach (var finding in _all)
        {
            var mark = finding.Mark switch { FindingMark.Good => "[green]✓[/]", FindingMark.Note => "[yellow]![/]", _ => "[red]✗[/]" };
            // Written line by line: a table would fold the explanations into narrow columns.
            AnsiConsole.Markup($"{mark} [bold]{finding.Name,-11}[/] ");
            Console.WriteLine(finding.Text);
        }
    }
}
