using System.Globalization;
using System.Text;
using ViCo.Gateway.Http;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Indexes;
using ViCo.Grains.Quotas;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Usage;

/// <summary>What a tenant uses, and what of it it may.</summary>
internal static class UsageApi
{
    private const int AtOnce = 200, UsualDays = 30;

    private const string Csv = "text/csv", DayFormat = "yyyy-MM-dd";

    public static void MapUsage(this IEndpointRouteBuilder routes) => routes.MapRead("/usage", Get, "since", "until").WithTags("Usage")
        .Needs(Grants.UsageRead)
        .WithSummary(
            "What the tenant stores and what its quotas are; and what its jobs used of the devices by day (UTC), concept, end user, kind "
            + "and device, from ?since= to ?until=, of the last 30 days unless asked. With Accept: text/csv those rows alone.")
        .Produces<UsageResponse>(200, "application/json", Csv);

    private static async Task<IResult> Get(HttpRequest request, CurrentTenant tenant, TimeProvider clock)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        List<OptionProblem> problems = [];
        var until = Day(request, "until", today, problems);
        var since = Day(request, "since", DateOnly.FromDayNumber(Math.Max(0, until.DayNumber + 1 - UsualDays)), problems);
        if (Problem.Fields(problems) is { } problem) return problem;

        var rows = await tenant.Index(IndexKeys.Jobs(tenant.Id)).GetUsage(since, until);
        request.HttpContext.Response.Headers.Append("Vary", "Accept");
        if (AcceptHeader.Prefers(request, Csv, "application/json")) return TypedResults.Text(Lines(rows), Csv, Encoding.UTF8);
        var (concepts, bytes) = await StoredAsync(tenant);
        return TypedResults.Ok(new UsageResponse(concepts, bytes, await tenant.Quotas().Get(), rows));
    }

    private static DateOnly Day(HttpRequest request, string field, DateOnly otherwise, List<OptionProblem> problems)
    {
        if (request.Query[field] is not [{ } text, ..]) return otherwise;
        if (DateOnly.TryParseExact(text, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return day;
        problems.Add(new(field, $"Field '{field}' is '{text}'; wanted: a day such as 2026-01-31."));
        return otherwise;
    }

    private static async Task<(int Concepts, long Bytes)> StoredAsync(CurrentTenant tenant)
    {
        var (concepts, photosAndCheckpoints) = (0, 0L);
        for (string? cursor = null; ;)
        {
            var page = await tenant.Index(IndexKeys.Concepts(tenant.Id)).Read(new(AtOnce, cursor));
            foreach (var concept in page.Concepts)
            {
                concepts++;
                photosAndCheckpoints += concept.StoredBytes;
            }
            if ((cursor = page.Next) is null) break;
        }
        return (concepts, photosAndCheckpoints + await tenant.Index(IndexKeys.Jobs(tenant.Id)).GetStoredBytes());
    }

    /// <summary>RFC 4180. Ids, users and device classes hold no line ends; a comma or quote is quoted.</summary>
    private static string Lines(IReadOnlyList<UseRow> rows)
    {
        var text = new StringBuilder("day,concept,user,kind,device,jobs,gpuSeconds\r\n");
        foreach (var row in rows)
        {
            text.AppendJoin(',', row.Day.ToString(DayFormat, CultureInfo.InvariantCulture), row.Concept, Quoted(row.User), row.Kind,
                Quoted(row.Device), row.Jobs.ToString(CultureInfo.InvariantCulture),
                row.GpuSeconds.ToString("0.######", CultureInfo.InvariantCulture)).Append("\r\n");
        }
        return text.ToString();
    }

    /// <summary>What a spreadsheet would take for a formula is quoted with a sign that makes it text.</summary>
    private static string Quoted(string? text)
    {
        if (text is { Length: > 0 } && text[0] is '=' or '+' or '-' or '@') text = $"'{text}";
        return text is not null && text.AsSpan().IndexOfAny(",\"\r\n") >= 0
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text ?? "";
    }
}

/// <param name="StoredBytes">As counted by what writes and deletes; logs and records are not counted.</param>
/// <param name="Quota">What may be used, and what of it is used just now.</param>
/// <param name="Rows">Device time of attempts that have ended, deleted jobs' too, oldest day first.</param>
internal sealed record UsageResponse(int Concepts, long StoredBytes, QuotaView Quota, IReadOnlyList<UseRow> Rows);
