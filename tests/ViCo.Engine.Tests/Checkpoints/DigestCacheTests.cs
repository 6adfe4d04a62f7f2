using ViCo.Engine.Checkpoints;

namespace ViCo.Engine.Tests.Checkpoints;

public sealed class DigestCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-digests").FullName;
    private readonly string[] _files;
    private readonly string _cache;
    private int _hashed;

    public DigestCacheTests()
    {
        _cache = Path.Combine(_folder, "data", "cache");
        _files = [Path.Combine(_folder, "a"), Path.Combine(_folder, "b")];
        foreach (var file in _files) File.WriteAllText(file, "12345678");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_that_did_not_change_are_hashed_once()
    {
        Assert.Equal(Hex(1), Ask());
        Assert.Equal(Hex(1), Ask());
        Assert.Single(Directory.GetFiles(_cache));                   // and no file half written
        Assert.Equal(Hex(2), Ask(files: [_files[1], _files[0]]));    // in another order they have another digest
        Assert.Equal(Hex(1), Ask());
    }

    [Fact]
    public void The_folders_made_are_their_owners_alone()
    {
        Ask();
        if (OperatingSystem.IsWindows()) return;                     // it has no such modes
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal((owner, owner), (File.GetUnixFileMode(_cache), File.GetUnixFileMode(Path.GetDirectoryName(_cache)!)));
    }

    [Fact]
    public void A_file_of_the_same_length_and_another_time_is_hashed_again()
    {
        Ask();
        File.WriteAllText(_files[1], "87654321");
        File.SetLastWriteTimeUtc(_files[1], DateTime.UnixEpoch);
        Assert.Equal(Hex(2), Ask());
        Assert.Equal(Hex(2), Ask());
    }

    [Fact]
    public void A_file_whose_time_was_set_back_is_hashed_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there an inode's own time is looked at.");
        var written = File.GetLastWriteTimeUtc(_files[0]);
        Ask();
        var copy = Path.Combine(_folder, "copy");
        File.WriteAllText(copy, "87654321");
        File.SetLastWriteTimeUtc(copy, written);
        File.Move(copy, _files[0], overwrite: true);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_files[0]));
        Assert.Equal(Hex(2), Ask());
    }

    [Fact]
    public void A_file_just_written_or_written_meanwhile_is_not_remembered()
    {
        Ask(hoursLater: 0);
        Assert.False(Directory.Exists(_cache));
        Ask(whileHashing: () => File.WriteAllText(_files[0], "longer than it was"));
        Assert.Equal(Hex(3), Ask());
        Assert.Equal(Hex(3), Ask());
    }

    [Fact]
    public void Any_damage_to_what_is_remembered_means_hashing_again()
    {
        Ask();
        var entry = Assert.Single(Directory.GetFiles(_cache));
        var good = File.ReadAllBytes(entry);
        for (var i = 0; i < good.Length; i++)
        {
            var bad = (byte[])good.Clone();
            bad[i] ^= 1;
            Damaged(bad);
        }

        Damaged([]);
        Damaged(good[..^1]);
        Damaged([.. good, (byte)'\n']);
        File.Delete(entry);
        Directory.CreateDirectory(entry);
        Assert.Equal(Hex(_hashed + 1), Ask());

        void Damaged(byte[] content)
        {
            File.WriteAllBytes(entry, content);
            Assert.Equal(Hex(_hashed + 1), Ask());
            Assert.Equal(Hex(_hashed), Ask());                       // and that is remembered
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_no_error()
    {
        File.WriteAllText(Path.Combine(_folder, "data"), "a file where the folder should be");
        Assert.Equal(Hex(1), Ask());
        Assert.Equal(Hex(2), Ask());
    }

    private string Ask(int hoursLater = 1, string[]? files = null, Action? whileHashing = null) =>
        new DigestCache(_cache, new Later(TimeSpan.FromHours(hoursLater))).Digest(files ?? _files, () =>
        {
            whileHashing?.Invoke();
            return Hex(++_hashed);
        });

    private static string Hex(int number) => number.ToString("x64");

    /// <summary>So that files written just now are old.</summary>
    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
