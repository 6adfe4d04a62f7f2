namespace ViCo.Gateway.Tests.Isolation;

/// <summary>The page <c>access.md</c>: what each caller is answered by each route.</summary>
internal sealed class AccessTable
{
    public const string Ok = "ok";

    private readonly Dictionary<string, Dictionary<string, AccessCell>> _groups;

    private AccessTable(Dictionary<string, Dictionary<string, AccessCell>> groups, IReadOnlyList<AccessRoute> routes) =>
        (_groups, Routes) = (groups, routes);

    public IReadOnlyList<AccessRoute> Routes { get; }

    public IReadOnlyCollection<string> Callers => _groups.Values.First().Keys;

    public AccessCell Of(AccessRoute route, string caller) => _groups[route.Group][caller];

    public static AccessTable Read()
    {
        var lines = File.ReadAllLines(Repository.PathOf("tests", "ViCo.Gateway.Tests", "Isolation", "access.md"));
        string[][] Table(string heading) =>
        [
            .. lines.SkipWhile(line => line != heading).SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|'))
                .Where(line => !line.StartsWith("|-", StringComparison.Ordinal))
                .Select(line => line.Trim().Trim('|').Split('|').Select(cell => cell.Trim()).ToArray()),
        ];
        var groups = Table("## Groups");
        return new(
            groups.Skip(1).ToDictionary(row => row[0],
                row => groups[0].Zip(row).Skip(1).ToDictionary(cell => cell.First, cell => AccessCell.Read(cell.Second))),
            [.. Table("## Routes").Skip(1).Select(AccessRoute.Read)]);
    }
}

/// <summary>What is answered about one's own, another tenant's and nobody's.</summary>
internal sealed record AccessCell(string Own, string Foreign, string Unknown)
{
    public static AccessCell Read(string text) => text.Split('/') is [var own, var foreign, var unknown]
        ? new(own, foreign, unknown) : new(text, text, text);

    public string About(Whose whose) => whose switch { Whose.Own => Own, Whose.Unknown => Unknown, _ => Foreign };
}

/// <summary>Whose things a request names.</summary>
internal enum Whose
{
    Own,
    Foreign,
    Unknown,
}

/// <summary>A line of the table of routes.</summary>
/// <param name="Method">Of HTTP, or HUB or MCP.</param>
/// <param name="Pattern">Ends in * for all that begin so.</param>
internal sealed record AccessRoute(string Method, string Pattern, string Group, string Asks, bool Once)
{
    public static AccessRoute Read(string[] cells) => cells[0].Split(' ', 2) is [var method, var pattern]
        ? new(method, pattern, cells[1], cells[2], cells[3] == "once")
        : throw new InvalidDataException($"'{cells[0]}' is no method and path.");

    public bool Matches(string method, string pattern) => method == Method
        && (Pattern.EndsWith('*') ? pattern.StartsWith(Pattern[..^1], StringComparison.Ordinal) : pattern == Pattern);

    public override string ToString() => $"{Method} {Pattern}";
}
