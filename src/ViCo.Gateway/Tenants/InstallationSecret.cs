using System.Security.Cryptography;
using System.Text;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// The one secret that lies outside the store. What protects tokens and signed addresses is kept in the store sealed with it: reading
/// the store opens nothing.
/// </summary>
/// <remarks>
/// A file of lines of 64 hex characters, shared by all gateways. The first line seals, every line opens: a new one is put before the old,
/// and the old one is taken away once nothing needs it any more.
/// </remarks>
internal sealed class InstallationSecret
{
    private const int LineLength = 64, NonceBytes = 12, TagBytes = 16;

    private readonly IReadOnlyList<(string Id, byte[] Key)> _keys;

    private InstallationSecret(IReadOnlyList<(string, byte[])> keys) => _keys = keys;

    /// <summary>Reads the file, or makes it so that only its owner can read it.</summary>
    /// <param name="othersAllowed">As <see cref="StorageOptions.OthersAllowed"/>.</param>
    /// <exception cref="InvalidDataException">The file holds something else than secrets, or others can read it.</exception>
    public static InstallationSecret Open(string file, bool othersAllowed = false)
    {
        if (!File.Exists(file)) Make(file);
        OwnersOnly.Check(file, othersAllowed);
        var lines = File.ReadAllLines(file).Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();
        if (lines.Length == 0 || lines.Any(line => line.Length != LineLength || !line.All(char.IsAsciiHexDigitLower)))
        {
            throw new InvalidDataException(
                $"'{file}' is no secret: wanted are lines of {LineLength} characters of 0-9 and a-f, the newest first.");
        }
        return new([.. lines.Select(line =>
        {
            var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Convert.FromHexString(line), 32, info: "ViCo.KeyRing.v1"u8.ToArray());
            return (Convert.ToHexStringLower(SHA256.HashData(key))[..16], key);
        })]);
    }

    /// <summary>Seals a text with the newest secret.</summary>
    /// <returns>Which secret sealed it, and what it sealed.</returns>
    public (string Id, string Sealed) Seal(string text)
    {
        var (id, key) = _keys[0];
        var plain = Encoding.UTF8.GetBytes(text);
        var all = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(all.AsSpan(0, NonceBytes));
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(all.AsSpan(0, NonceBytes), plain, all.AsSpan(NonceBytes + TagBytes), all.AsSpan(NonceBytes, TagBytes),
            Encoding.ASCII.GetBytes(id));
        return (id, Convert.ToBase64String(all));
    }

    /// <summary>Opens what <see cref="Seal"/> sealed.</summary>
    /// <exception cref="CryptographicException">No secret of the file sealed it, or it was changed.</exception>
    public string Unseal(string id, string text)
    {
        var key = _keys.FirstOrDefault(one => one.Id == id).Key
            ?? throw new CryptographicException($"What secret {id} sealed cannot be opened: the secret's file has no such line.");
        var all = Convert.FromBase64String(text);
        var plain = new byte[all.Length - NonceBytes - TagBytes];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Decrypt(all.AsSpan(0, NonceBytes), all.AsSpan(NonceBytes + TagBytes), all.AsSpan(NonceBytes, TagBytes), plain,
            Encoding.ASCII.GetBytes(id));
        return Encoding.UTF8.GetString(plain);
    }

    private static void Make(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var fresh = $"{file}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}";      // whole or not there
        using (var writer = new StreamWriter(OwnersOnly.Create(fresh)))
            writer.WriteLine(RandomNumberGenerator.GetHexString(LineLength, lowercase: true));
        try
        {
            File.Move(fresh, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(fresh);                                             // another gateway was faster
        }
    }
}
