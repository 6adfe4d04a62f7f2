using ViCo.Grains.Gpus;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Gpus;

/// <summary>The names of markers.</summary>
public sealed class QueueMarkerTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static TheoryData<QueueEntry> Entries() =>
    [
        new QueueEntry("acme/job-1", 1, true, At),
        new QueueEntry("acme/job-1", 1, false, At, "ann@example.org/~_"),
        new QueueEntry("acme/job-1", 1, false, At, new string('~', 64)) { Base = "0123456789abcdef", Together = "fedcba9876543210" },
        new QueueEntry($"{new string('t', 40)}/{new string('j', 80)}", 1, true, At, "ümläut") { Base = "0123456789abcdef" },
    ];

    [Theory, MemberData(nameof(Entries))]
    public void A_name_holds_the_whole_entry_and_is_one_that_a_store_takes(QueueEntry entry)
    {
        var name = QueueMarker.NameOf("default", entry);
        Assert.Equal(entry, QueueMarker.TryRead("default", name));
        BlobNames.Check(name);
        Assert.All(name.Split('/'), segment => Assert.InRange(segment.Length, 1, 255));
    }

    [Theory]
    [InlineData("sampling/0639030000000000000/acme/job-1", "acme/job-1", true, null)]
    [InlineData("training/0639030000000000000/_616e6e/acme/job-1", "acme/job-1", false, "ann")]
    public void Names_of_the_former_version_are_read(string name, string job, bool interactive, string? user)
    {
        var entry = QueueMarker.TryRead("default", $"queue/default/{name}")!;
        Assert.Equal((job, interactive, user, 1), (entry.JobKey, entry.Interactive, entry.User, entry.Attempt));
        Assert.Equal(639030000000000000, entry.Enqueued.UtcTicks);
    }

    [Theory]
    [InlineData(".DS_Store")]
    [InlineData("sampling/.keep")]
    [InlineData("sampling/12/x/acme/job-1")]
    [InlineData("training/99999999999999999999/acme/job")]
    [InlineData("sampling/12/Not_A_Tenant/job")]
    [InlineData("3/acme/0639030000000000000_s____job")]
    [InlineData("2/acme/0639030000000000000_s____")]
    [InlineData("2/acme/0639030000000000000_x____job")]
    [InlineData("2/acme/0639030000000000000_s___!_job")]
    [InlineData("2/acme/-1_s____job")]
    public void Anything_else_is_no_entry(string name) => Assert.Null(QueueMarker.TryRead("default", $"queue/default/{name}"));
}
