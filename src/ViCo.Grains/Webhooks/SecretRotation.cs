namespace ViCo.Grains.Webhooks;

/// <summary>The last replacement of a secret, and what it left behind.</summary>
/// <param name="Command">Its id: the same command again replaces nothing.</param>
/// <param name="Former">Newest first.</param>
[GenerateSerializer, Immutable, Alias("vico.secret-rotation")]
public sealed record SecretRotation([property: Id(0)] string Command, [property: Id(1)] IReadOnlyList<FormerSecret> Former)
{
    // Each signs every message.
    private const int Most = 4;

    /// <summary>After a secret was replaced: it and those before it end when the overlap does, or earlier.</summary>
    internal static SecretRotation Next(SecretRotation? last, string command, string replaced, DateTimeOffset now, TimeSpan overlap)
    {
        var end = now + overlap;
        return new(command,
        [
            .. (last?.Former ?? []).Prepend(new(replaced, end))
                .Select(former => former.Until < end ? former : former with { Until = end })
                .Where(former => former.Until > now).Take(Most),
        ]);
    }

    /// <summary>Secrets that sign now: the one in force first.</summary>
    internal static IReadOnlyList<string> Signing(string secret, SecretRotation? last, DateTimeOffset now) =>
        [secret, .. (last?.Former ?? []).Where(former => former.Until > now).Select(former => former.Secret)];
}
