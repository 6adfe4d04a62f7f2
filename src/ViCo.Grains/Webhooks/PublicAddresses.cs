using System.Net;
using System.Net.Sockets;

namespace ViCo.Grains.Webhooks;

/// <summary>Which addresses are the public internet's: not this machine's, not its networks', not anybody's special ones.</summary>
internal static class PublicAddresses
{
    // IANA's special-purpose registries (RFC 6890 and its updates), with multicast.
    private static readonly IPNetwork[] _special4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(IPNetwork.Parse),
    ];

    // Of IPv6 only global unicast addresses are public, except tunnels (which hide an IPv4 address) and examples.
    private static readonly IPNetwork _global6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] _special6 =
        [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse)];

    public static bool Contain(IPAddress address)
    {
        address = Plain(address);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? !_special4.Any(network => network.Contains(address))
            : _global6.Contains(address) && !_special6.Any(network => network.Contains(address));
    }

    /// <summary>An IPv4 address as itself, also where it is written as IPv6.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
