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

    private readonly IReadOnlyList<Line> _keys;

    private InstallationSecret(IReadOnlyList<Line> keys) => _keys = keys;

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
        return new([.. lines.Select(Line.Of)]);
    }

    /// <summary>Seals a text with the newest secret.</summary>
    /// <returns>Which secret sealed it, and what it sealed.</returns>
    public (string Id, string Sealed) Seal(string text)
    {
        var (id, key, _) = _keys[0];
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
        var key = _keys.FirstOrDefault(one => one.Id == id)?.Key
            ?? throw new CryptographicException($"What secret {id} sealed cannot be opened: the secret's file has no such line.");
        var all = Convert.FromBase64String(text);
        var plain = new byte[all.Length - NonceBytes - TagBytes];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Decrypt(all.AsSpan(0, NonceBytes), all.AsSpan(NonceBytes + TagBytes), all.AsSpan(NonceBytes, TagBytes), plain,
            Encoding.ASCII.GetBytes(id));
        return Encoding.UTF8.GetString(plain);
    }

    /// <summary>Signs a text with the newest secret.</summary>
    /// <returns>Which secret signed it, and HMAC-SHA256 in hex.</returns>
    public (string Id, string Signature) Sign(string text) => (_keys[0].Id, SignatureOf(_keys[0], text));

    /// <summary>Whether a secret of the file signed just this.</summary>
    public bool Holds(string id, string text, string signature) => _keys.FirstOrDefault(one => one.Id == id) is { } key
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(SignatureOf(key, text)), Encoding.UTF8.GetBytes(signature));

    private static string SignatureOf(Line key, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key.Signing, Encoding.UTF8.GetBytes(text)));

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

    /// <param name="Id">Which line it is; it gives nothing away.</param>
    /// <param name="Key">Seals.</param>
    /// <param name="Signing">Signs.</param>
    private sealed record Line(string Id, byte[] Key, byte[] Signing)
    {
        public static Line Of(string line)
        {
            byte[] For(string purpose) => HKDF.DeriveKey(
                HashAlgorithmName.SHA256, Convert.FromHexString(line), 32, info: Encoding.ASCII.GetBytes(purpose));
            var key = For("ViCo.KeyRing.v1");
            return new(Convert.ToHexStringLower(SHA256.HashData(key))[..16], key, For("ViCo.Receipts.v1"));
        }
    }
}
