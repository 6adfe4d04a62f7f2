using ViCo.Grains.Indexes;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Lists;

/// <summary>Something that a list cannot show.</summary>
/// <param name="Id">Of the thing; null: it is a part of the list itself.</param>
/// <param name="Code"><c>damaged</c>.</param>
/// <param name="Detail">Which blob it is, for people.</param>
internal sealed record DamagedItem(string? Id, string Code, string Detail)
{
    public const string DamagedCode = "damaged";

    /// <summary>Of a page: its entries that do not read, and its own parts.</summary>
    public static IReadOnlyList<DamagedItem> Of(IndexPage page) =>
    [
        .. page.Entries.Where(entry => entry.Damaged is not null).Select(entry => new DamagedItem(entry.Id, DamagedCode,
            $"The record '{entry.Damaged}' is damaged.")),
        .. page.Damaged.Select(part => new DamagedItem(null, DamagedCode,
            $"The part '{part}' of this list is damaged: what it lists is missing here until 'vico admin repair' puts it right.")),
    ];

    /// <summary>What a question answers, or null and why there is no answer.</summary>
    public static async Task<(T? Answer, DamagedItem? Damaged)> AskAsync<T>(string id, Func<Task<T?>> ask) where T : class
    {
        try
        {
            return (await ask(), null);
        }
        catch (DamagedBlobException e)
        {
            return (null, new(id, DamagedCode, e.Message));
        }
    }
}
