using System.Diagnostics;
using System.Globalization;
using ViCo.QueueBenchmark;

// queue-benchmark [jobs that wait, default 100000] [tenants, 1000] [workers, 500] [seconds, 60] [folder of the store, a temporary one]
int Number(int position, int otherwise) =>
    args.Length > position ? int.Parse(args[position], CultureInfo.InvariantCulture) : otherwise;
var (waiting, tenants, workers) = (Number(0, 100_000), Number(1, 1_000), Number(2, 500));
var time = TimeSpan.FromSeconds(Number(3, 60));
var folder = args.Length > 4 ? args[4] : Directory.CreateTempSubdirectory("vico-queue-").FullName;

var platform = await ControlSilo.StartAsync(folder);
var load = new Load(platform.Queue, waiting, tenants);
var (began, cpu) = Now();
await load.FillAsync();
Console.WriteLine($"{waiting} markers of {tenants} tenants were written by the queue's grain: {Since(began, cpu, waiting, "job")}");

(began, cpu) = Now();
var leases = await load.RunAsync(workers, time);
Console.WriteLine(
    $"{workers} workers at once, each lease, its 10 renewals, its end and the next job a call of its own, markers on the disk, over the "
    + $"whole {time.TotalSeconds:0} s: {Since(began, cpu, leases, "lease")}");
await platform.DisposeAsync();

await using var again = await ControlSilo.StartAsync(folder);
(began, cpu) = Now();
var found = await again.Queue.GetLoad();
Console.WriteLine($"rebuilt from {found.Drawings + found.Trainings} markers: {Since(began, cpu, waiting, "job")}");
return found.Drawings + found.Trainings >= waiting ? 0 : 1;

static (long, TimeSpan) Now() => (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);

static string Since(long began, TimeSpan cpu, int count, string what)
{
    var (took, used) = (Stopwatch.GetElapsedTime(began), Process.GetCurrentProcess().TotalProcessorTime - cpu);
    return string.Create(CultureInfo.InvariantCulture,
        $"{took.TotalSeconds:0.0} s, {count / took.TotalSeconds:0} a second, {used.TotalMilliseconds / count:0.000} ms of CPU a {what}");
}
