using System.ComponentModel.DataAnnotations;

namespace ViCo.Gateway;

/// <summary>Limits and intervals of the gateway; section <c>ViCo:Gateway</c>.</summary>
public sealed class GatewayOptions
{
    /// <summary>Largest photo accepted, in bytes. 64 KiB to 256 MiB; default 20 MiB.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)] public int MaxPhotoBytes { get; set; } = 20 * 1024 * 1024;

    /// <summary>Photos of one object. 1 to 30; default 30. 4 to 7 work best.</summary>
    [Range(1, 30)] public int MaxPhotos { get; set; } = 30;

    /// <summary>Bytes of one upload request. 1 MiB to 1 GiB; default 160 MiB (eight of the largest photos).</summary>
    [Range(1024 * 1024, 1024 * 1024 * 1024)] public long MaxUploadBytes { get; set; } = 160L * 1024 * 1024;

    /// <summary>Uploads decoded at the same time; one decoded photo takes up to some hundred MB. 1 to 16; default 2.</summary>
    [Range(1, 16)] public int ConcurrentUploads { get; set; } = 2;

    /// <summary>Side in pixels that the base model trains at: photos under half of it get a warning. 32 to 2048; default 512.</summary>
    [Range(32, 2048)] public int TrainingSize { get; set; } = 512;

    /// <summary>How long a follower of a job sleeps when no hint wakes it. 100 ms to 1 min; default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")] public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A sign of life on every quiet stream and hub connection. 1 s to 1 min; default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")] public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Origins whose pages may call the API for every tenant, such as <c>https://app.example.org</c>; a
    /// tenant's own stand beside them. Default none.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; set; } = [];

    /// <summary>
    /// The file of the installation's secret, outside the store and shared by all gateways; made where it is missing, so that only its
    /// owner can read it. Default: <c>installation.secret</c> beside the store's folder; with Azure it must be named.
    /// </summary>
    public string? SecretFile { get; set; }

    /// <summary>How long a browser stays signed in at most. 5 min to 90 days; default 14 days.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "90.00:00:00")] public TimeSpan SignIn { get; set; } = TimeSpan.FromDays(14);

    /// <summary>A browser that asked for nothing for so long is signed out. 5 min to 90 days; default 3 days.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "90.00:00:00")] public TimeSpan SignInIdle { get; set; } = TimeSpan.FromDays(3);

    /// <summary>How long a one-time login link works. 1 min to 1 day; default 1 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")] public TimeSpan LoginLink { get; set; } = TimeSpan.FromHours(1);
}
