using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// Keeps the keys that protect tokens with everything else that must last, so that all gateways and all restarts share them.
/// </summary>
/// <remarks>
/// The interface is synchronous; it is read once a day and written once in 90 days. A key that a former version left in the clear is void:
/// whoever read the store knows it.
/// </remarks>
internal sealed class BlobKeyRing(IBlobStore blobs) : IXmlRepository
{
    private const string Folder = "gateway/key-ring/";

    public IReadOnlyCollection<XElement> GetAllElements() => ReadAllAsync().GetAwaiter().GetResult();

    public void StoreElement(XElement element, string friendlyName) =>
        blobs.WriteAsync($"{Folder}{friendlyName}.xml", Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting)))
            .GetAwaiter().GetResult();

    private async Task<IReadOnlyCollection<XElement>> ReadAllAsync()
    {
        var elements = new List<XElement>();
        await foreach (var entry in blobs.ListAsync(Folder))
        {
            if (await blobs.ReadAsync(entry.Name) is not { } blob) continue;
            var element = XElement.Parse(Encoding.UTF8.GetString(blob.Content.Span));
            if (element.Name.LocalName == "key" && !element.Descendants().Any(part => part.Name.LocalName == "encryptedSecret"))
                await blobs.DeleteAsync(entry.Name);
            else elements.Add(element);
        }
        return elements;
    }
}
