using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;

namespace ViCo.Client;

/// <summary>Lists, page after page as they are read.</summary>
internal static class Paging
{
    public static async IAsyncEnumerable<T> ListAsync<T, TPage>(
        Transport transport, string path, JsonTypeInfo<TPage> type, Func<TPage, (IReadOnlyList<T> Items, string? Next)> read,
        (string Name, string? Value)[] filters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var query = string.Join('&', filters.Append(("cursor", cursor)).Where(f => f.Item2 is not null)
                .Select(f => $"{f.Item1}={Uri.EscapeDataString(f.Item2!)}"));
            var page = await transport.GetAsync(query.Length == 0 ? path : $"{path}?{query}", type, cancellationToken)
                .ConfigureAwait(false);
            var (items, next) = read(page);
            foreach (var item in items) yield return item;
            cursor = next;
        }
        while (cursor is not null);
    }

    /// <summary>An instant in a query.</summary>
    public static string? Text(DateTimeOffset? since) => since?.ToString("O", CultureInfo.InvariantCulture);
}
