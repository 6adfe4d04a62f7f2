namespace ViCo.Grains.Tenants;

/// <summary>A signed-in browser as lists show it.</summary>
/// <param name="Id">By which it is ended; it opens nothing.</param>
/// <param name="Seen">To a few minutes.</param>
/// <param name="Agent">What the browser said it is.</param>
[GenerateSerializer, Immutable, Alias("vico.session-view")]
public sealed record SessionView(
    [property: Id(0)] string Id, [property: Id(1)] DateTimeOffset Created, [property: Id(2)] DateTimeOffset Seen,
    [property: Id(3)] DateTimeOffset Ends, [property: Id(4)] string? Agent)
{
    private const int IdLength = 16;

    /// <summary>The id of a session that is kept by this hash.</summary>
    public static string IdOf(string hash) => hash[..IdLength];
}
