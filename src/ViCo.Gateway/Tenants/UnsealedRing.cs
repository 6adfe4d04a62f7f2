using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace ViCo.Gateway.Tenants;

/// <summary>Opens what <see cref="SealedRing"/> sealed. The framework makes it by the name that the ring holds.</summary>
internal sealed class UnsealedRing(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement) => XElement.Parse(services.GetRequiredService<InstallationSecret>()
        .Unseal((string)encryptedElement.Attribute(SealedRing.By)!, encryptedElement.Value));
}
