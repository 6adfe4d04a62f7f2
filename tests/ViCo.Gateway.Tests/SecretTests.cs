using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Tests;

/// <summary>Reading the store opens nothing: what protects tokens is sealed with a secret that lies elsewhere.</summary>
public sealed class SecretTests : IDisposable
{
    private const UnixFileMode Owners = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TokenScope _scope = new(ScopeKind.User, "ann");

    private readonly string _folder = Directory.CreateTempSubdirectory("vico-secret-").FullName;
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Whoever_reads_the_store_makes_no_token_and_reads_none()
    {
        var token = Make(Tokens("secret"));
        Assert.NotNull(Tokens("secret").Read(token));                       // another gateway, or after a restart
        Assert.Null(Tokens("another").Read(token));
        Assert.Null(Tokens("secret").Read(Make(Tokens("another"))));
        foreach (var file in Ring())
        {
            var text = await File.ReadAllTextAsync(file, Stop);
            Assert.Contains("<sealed by=", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<value>", text, StringComparison.Ordinal);
        }
        if (!OperatingSystem.IsWindows()) Assert.Equal(Owners, File.GetUnixFileMode(Path.Combine(_folder, "secret")));
    }

    [Fact]
    public async Task A_secret_is_replaced_with_overlap()
    {
        var token = Make(Tokens("secret"));
        var file = Path.Combine(_folder, "secret");
        var old = await File.ReadAllTextAsync(file, Stop);
        await File.WriteAllTextAsync(file, $"{RandomNumberGenerator.GetHexString(64, lowercase: true)}\n{old}", Stop);
        Assert.NotNull(Tokens("secret").Read(token));
        await File.WriteAllTextAsync(file, RandomNumberGenerator.GetHexString(64, lowercase: true), Stop);
        Assert.Null(Tokens("secret").Read(token));
        await File.WriteAllTextAsync(file, "nonsense", Stop);
        Assert.Throws<InvalidDataException>(() => InstallationSecret.Open(file));
    }

    [Fact]
    public async Task A_ring_that_a_former_version_left_in_the_clear_is_void_and_so_is_what_it_protected()
    {
        var token = Make(Tokens(secret: null));
        var left = Assert.Single(Ring());
        Assert.Contains("<value>", await File.ReadAllTextAsync(left, Stop), StringComparison.Ordinal);
        var next = Tokens("secret");
        Assert.Null(next.Read(token));
        Assert.NotNull(next.Read(Make(next)));
        Assert.DoesNotContain(left, Ring());
    }

    [Fact]
    public void What_others_could_open_is_closed_or_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }
        var folder = Path.Combine(_folder, "open");
        const UnixFileMode open = (UnixFileMode)0b111_101_101, closed = (UnixFileMode)0b111_000_000;
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, open);
        _ = new FolderBlobStore(folder, othersAllowed: true);
        Assert.Equal(open, File.GetUnixFileMode(folder));
        _ = new FolderBlobStore(folder);
        Assert.Equal(closed, File.GetUnixFileMode(folder));

        var secret = Path.Combine(_folder, "secret");
        InstallationSecret.Open(secret);
        File.SetUnixFileMode(secret, Owners | UnixFileMode.GroupRead);
        var refused = Assert.Throws<InvalidDataException>(() => InstallationSecret.Open(secret));
        Assert.Contains(nameof(StorageOptions.OthersAllowed), refused.Message, StringComparison.Ordinal);
        InstallationSecret.Open(secret, othersAllowed: true);
    }

    [Fact]
    public async Task What_is_stored_is_its_owners_file_by_file()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }
        var blobs = new FolderBlobStore(Path.Combine(_folder, "blobs"));
        await blobs.WriteAsync("photo", new byte[] { 1 }, cancellationToken: Stop);
        await blobs.WriteAsync("checkpoint", new MemoryStream([1]), cancellationToken: Stop);
        foreach (var name in new[] { "photo", "checkpoint" })
            Assert.Equal(Owners, File.GetUnixFileMode(Path.Combine(_folder, "blobs", name)));
    }

    private string[] Ring() => Directory.GetFiles(Path.Combine(_folder, "blobs", "gateway", "key-ring"));

    private string Make(ScopedTokens tokens) =>
        tokens.Create(new(new("acme"), "key"), _scope, _clock.GetUtcNow() + TimeSpan.FromHours(1));

    /// <param name="secret">Name of its file; null: as a former version made tokens, with a ring in the clear.</param>
    private ScopedTokens Tokens(string? secret)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IBlobStore>(new FolderBlobStore(Path.Combine(_folder, "blobs")));
        if (secret is not null)
        {
            services.AddSingleton(InstallationSecret.Open(Path.Combine(_folder, secret)));
            services.AddViCoKeyRing();
        }
        else
        {
            services.AddDataProtection().SetApplicationName("ViCo");
            services.AddOptions<KeyManagementOptions>().Configure<IBlobStore>((keys, blobs) => keys.XmlRepository = new FormerRing(blobs));
        }
        return ActivatorUtilities.CreateInstance<ScopedTokens>(services.BuildServiceProvider(), _clock);
    }

    /// <summary>As the former version kept its keys: as they came.</summary>
    private sealed class FormerRing(IBlobStore blobs) : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements() => Task.Run(async () =>
        {
            List<XElement> all = [];
            await foreach (var entry in blobs.ListAsync("gateway/key-ring/"))
                all.Add(XElement.Parse(Encoding.UTF8.GetString((await blobs.ReadAsync(entry.Name))!.Content.Span)));
            return all;
        }).GetAwaiter().GetResult();

        public void StoreElement(XElement element, string friendlyName) => Task.Run(() => blobs.WriteAsync(
            $"gateway/key-ring/{friendlyName}.xml", Encoding.UTF8.GetBytes(element.ToString()))).GetAwaiter().GetResult();
    }
}
