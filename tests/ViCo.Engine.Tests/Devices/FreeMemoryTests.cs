namespace ViCo.Engine.Tests.Devices;

public sealed class FreeMemoryTests : IDisposable
{
    private const long MiB = 1 << 20;

    private readonly string _root = Directory.CreateTempSubdirectory("vico-memory").FullName;

    [Fact]
    public void Without_limits_it_is_what_the_system_says_is_available()
    {
        System(available: 900);
        Assert.Equal(900 * MiB, FreeMemory.OnLinux(_root));
    }

    [Fact]
    public void A_control_group_bounds_it_and_pages_of_files_in_it_can_be_dropped()
    {
        System(available: 900);
        Write("proc/self/cgroup", "0::/jobs/one\n");
        Group("sys/fs/cgroup/jobs/one", limit: 500, used: 200, files: 50);
        Assert.Equal(350 * MiB, FreeMemory.OnLinux(_root));
    }

    [Fact]
    public void A_group_without_limit_inside_one_with_a_limit_is_bounded_too()
    {
        System(available: 900);
        Write("proc/self/cgroup", "0::/jobs/one\n");
        Write("sys/fs/cgroup/jobs/one/memory.max", "max\n");
        Group("sys/fs/cgroup/jobs", limit: 300, used: 100, files: 0);
        Assert.Equal(200 * MiB, FreeMemory.OnLinux(_root));
    }

    [Fact]
    public void The_process_s_own_limit_bounds_it()
    {
        System(available: 900);
        Write("proc/self/limits",
            $"Limit                     Soft Limit           Hard Limit           Units\nMax data size             {400 * MiB}        "
            + $"    unlimited            bytes\n");
        Write("proc/self/status", $"Name:\tvico\nVmData:\t  {100 << 10} kB\n");
        Assert.Equal(300 * MiB, FreeMemory.OnLinux(_root));
    }

    [Fact]
    public void More_taken_than_allowed_leaves_nothing()
    {
        System(available: 900);
        Write("proc/self/cgroup", "0::/\n");
        Group("sys/fs/cgroup", limit: 100, used: 130, files: 0);
        Assert.Equal(0, FreeMemory.OnLinux(_root));
    }

    [Fact]
    public void This_machine_has_some() => Assert.InRange(FreeMemory.On(CPU) ?? 1, 1, long.MaxValue);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void System(long available) => Write("proc/meminfo", $"MemTotal: 1234567 kB\nMemAvailable:   {available << 10} kB\n");

    private void Group(string folder, long limit, long used, long files)
    {
        Write($"{folder}/memory.max", $"{limit * MiB}\n");
        Write($"{folder}/memory.current", $"{used * MiB}\n");
        Write($"{folder}/memory.stat", $"anon 1\ninactive_file {files * MiB}\nactive_file 7\n");
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
