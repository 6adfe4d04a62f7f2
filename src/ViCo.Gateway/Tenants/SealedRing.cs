using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace ViCo.Gateway.Tenants;

/// <summary>Seals the keys that protect tokens before they are kept in the store.</summary>
internal sealed class SealedRing(InstallationSecret secret) : IXmlEncryptor
{
    /// <summary>The element's name, and its attribute that says which secret sealed it.</summary>
    public const string Element = "sealed", By = "by";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var (id, text) = secret.Seal(plaintextElement.ToString(SaveOptions.DisableFormatting));
        return new(new(Element, new XAttribute(By, id), text), typeof(UnsealedRing));
    }
}
