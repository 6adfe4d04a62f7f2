using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ViCo.Gateway.Problems;

/// <summary>The page that the <c>type</c> of every error leads to.</summary>
internal static partial class ProblemPage
{
    public const string Path = "/problems";

    private static readonly string _page = Write();

    public static void MapProblemPage(this IEndpointRouteBuilder routes) =>
        routes.MapGet(Path, Show).AllowAnonymous().ExcludeFromDescription();

    private static ContentHttpResult Show(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Text(_page, "text/html; charset=utf-8");
    }

    private static string Write()
    {
        var page = new StringBuilder("""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>ViCo: errors of the API</title>
            <link rel="stylesheet" href="/css/base.css">
            </head>
            <body>
            <main>
            <h1>Errors of the API</h1>
            <p>Every error is a JSON object as RFC 9457 describes it. Its <code>code</code> is one of these and does not change; its
            <code>detail</code> is for people; <code>errors</code> has a list of sentences for every field that cannot be used.</p>
            <dl>

            """);
        foreach (var kind in ProblemCodes.All)
        {
            page.Append($"<dt id=\"{kind.Code}\"><code>{kind.Code}</code> ({string.Join(", ", kind.Statuses)})</dt>\n");
            page.Append($"<dd>{InHtml(kind.Title)}. {InHtml(kind.Advice)}</dd>\n");
        }
        return page.Append("</dl>\n</main>\n</body>\n</html>\n").ToString();
    }

    private static string InHtml(string text) => Code().Replace(WebUtility.HtmlEncode(text), "<code>$1</code>");

    [GeneratedRegex("`([^`]+)`")] private static partial Regex Code();
}
