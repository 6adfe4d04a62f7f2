namespace ViCo.Engine.Tests.Engine;

public sealed class SpeedProbe
{
    [Fact(Explicit = true)]
    public async Task Speed()
    {
        var threads = int.Parse(Environment.GetEnvironmentVariable("PROBE_THREADS") ?? "2");
        await using var engine = await TorchEngine.LoadAsync(Repository.PathOf("models", "toybox"), new() { Niceness = 0, Threads = threads });
        var p = System.Diagnostics.Process.GetCurrentProcess();
        TimeSpan Cpu() { p.Refresh(); return p.TotalProcessorTime; }
        var c0 = Cpu();
        var r = new Recorder();
        await engine.TrainAsync(Teapot.Training(12), r, CancellationToken.None);
        TestContext.Current.TestOutputHelper!.WriteLine($"median step {r.Steps.Skip(2).Select(s => s.Seconds).Order().ElementAt(5):f3} s, min {r.Steps.Min(s=>s.Seconds):f3}, loss {r.Steps[^1].Loss:f4}");
        TestContext.Current.TestOutputHelper!.WriteLine($"cpu/step {(Cpu() - c0).TotalSeconds / 12:f3}");
        var sw = System.Diagnostics.Stopwatch.StartNew();
        await engine.GenerateAsync(new(r.Checkpoints[^1].Bytes, [Teapot.Photos[0]], "a photo of a *", [1,2,3,4]) { CacheKey = "x" }, r, CancellationToken.None);
        TestContext.Current.TestOutputHelper!.WriteLine($"4 pictures {sw.Elapsed.TotalSeconds:f2} s");
        sw.Restart();
        await engine.GenerateAsync(new(r.Checkpoints[^1].Bytes, [Teapot.Photos[0]], "a photo of a * on the beach", [1,2,3,4]) { CacheKey = "x" }, r, CancellationToken.None);
        TestContext.Current.TestOutputHelper!.WriteLine($"4 pictures, uncond cached {sw.Elapsed.TotalSeconds:f2} s");
    }
}
