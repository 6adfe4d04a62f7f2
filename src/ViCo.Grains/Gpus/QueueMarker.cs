using System.Globalization;
using System.Text;

namespace ViCo.Grains.Gpus;

/// <summary>
/// The names of the blobs that say which jobs wait or run. All of an entry is in the name: a rebuild lists, and reads nothing.
/// </summary>
/// <remarks>
/// <c>queue/{pool}/2/{tenant}/{ticks}_{kind}_{base}_{together}_{user}_{job}</c>. Version 1 was
/// <c>queue/{pool}/{sampling|training}/{ticks}/[_{user}/]{tenant}/{job}</c>; its user is in hexadecimal.
/// </remarks>
internal static class QueueMarker
{
    private const string Version = "2/", Sampling = "s", Training = "t";

    // What a file system allows for one segment.
    private const int LongestSegment = 250;

    public static string PrefixOf(string pool) => $"queue/{pool}/";

    public static string NameOf(string pool, QueueEntry entry)
    {
        var cut = entry.JobKey.IndexOf('/', StringComparison.Ordinal);
        var head = $"{entry.Enqueued.UtcTicks:D19}_{(entry.Interactive ? Sampling : Training)}_{entry.Base}_{entry.Together}_";
        var (user, job) = (entry.User is null ? "" : Written(entry.User), entry.JobKey[(cut + 1)..]);
        // The job goes before its user's turn.
        if (head.Length + user.Length + 1 + job.Length > LongestSegment) user = "";
        return $"{PrefixOf(pool)}{Version}{entry.JobKey[..cut]}/{head}{user}_{job}";
    }

    /// <summary>The entry that a name says, or null: it is none of ours, or of a later version.</summary>
    public static QueueEntry? TryRead(string pool, string name)
    {
        var rest = name[PrefixOf(pool).Length..];
        try
        {
            return rest.StartsWith(Version, StringComparison.Ordinal) ? Read(rest[Version.Length..]) : ReadFormer(rest);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            return null;
        }
    }

    private static QueueEntry? Read(string rest)
    {
        if (rest.Split('/') is not [var tenant, var last] || last.Split('_') is not [var ticks, var kind, var need, var together, var user,
            var job] || kind is not (Sampling or Training) || job.Length == 0) return null;
        return new(new Tenants.TenantId(tenant).Key(job), Attempt: 1, kind == Sampling, At(ticks), user.Length == 0 ? null : ReadText(user))
        {
            Base = need.Length == 0 ? null : need, Together = together.Length == 0 ? null : together,
        };
    }

    private static QueueEntry? ReadFormer(string rest)
    {
        if (rest.Split('/') is not [var kind and ("sampling" or "training"), var ticks, .. var user and ([] or [_]), var tenant, var job]
            || job.Length == 0) return null;
        var whom = user is ["", ..] or [] ? null
            : user[0][0] == '_' ? Encoding.UTF8.GetString(Convert.FromHexString(user[0].AsSpan(1))) : throw new FormatException();
        return new(new Tenants.TenantId(tenant).Key(job), Attempt: 1, kind == "sampling", At(ticks), whom);
    }

    private static DateTimeOffset At(string ticks) =>
        new(long.Parse(ticks, NumberStyles.None, CultureInfo.InvariantCulture), TimeSpan.Zero);

    // Base64 with signs that a blob's name may have, of which '_' is taken.
    private static string Written(string text) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '.');

    private static string ReadText(string written) => Encoding.UTF8.GetString(Convert.FromBase64String(
        written.Replace('-', '+').Replace('.', '/') + new string('=', (4 - written.Length % 4) % 4)));
}
