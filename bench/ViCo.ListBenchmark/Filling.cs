using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.ListBenchmark;

/// <summary>
/// A tenant with a trained concept and its drawings, written through the grains as gateway and worker write
/// them; only the pictures' bytes are left out.
/// </summary>
internal static class Filling
{
    public const string Concept = "pot";

    private const int PicturesOfAJob = 16;

    public static async Task<Filled> FillAsync(Platform platform, string name, int pictures)
    {
        var started = Stopwatch.GetTimestamp();
        var (tenant, secret) = (new TenantId(name), new string('a', 64));
        using var scope = TenantScope.EnterSystem();
        await platform.Grains.GetGrain<ITenantGrain>(name).AddKey(
            "aaaaaaaaaaaa", Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(secret))), KeyRole.User);
        var concept = platform.Grains.GetGrain<IConceptGrain>(tenant.Key(Concept));
        await concept.Create(new("A teapot", "teapot", DateTimeOffset.UnixEpoch));
        await concept.AddPhoto(new("photo", "photo.png", 512, 512, 1, "photo", []));
        await concept.Train($"{name}-training", new(OptionValues.None.With(TrainingOption.Steps, 1)));
        var training = platform.Grains.GetGrain<IJobGrain>(tenant.Key($"{name}-training"));
        await training.Start(1, "bench");
        await training.Append(1, 1, [new StepDone(1, 1, 1, 1, 1), new CheckpointSaved(1, "digest", 1)]);
        await training.Complete(1);

        var jobs = (pictures + PicturesOfAJob - 1) / PicturesOfAJob;
        var drawn = 0;
        for (var i = 0; i < jobs; i++)
        {
            var count = Math.Min(PicturesOfAJob, pictures - drawn);
            var id = $"{name}-{i:D6}";
            await concept.Sample(id, new($"a photo of a * on the beach, number {i}", OptionValues.None.With(SamplingOption.Count, count)));
            var job = platform.Grains.GetGrain<IJobGrain>(tenant.Key(id));
            await job.Start(1, "bench");
            await job.Append(1, 1,
                [.. Enumerable.Range(0, count).Select(k => new ImageDrawn(ImageId.Of(id, k), k, k, []) { Bytes = 400_000 })]);
            await job.Complete(1);
            drawn += count;
        }
        return new(name, $"vico_{name}_aaaaaaaaaaaa_{secret}", jobs, drawn, $"{name}-{jobs - 1:D6}", Stopwatch.GetElapsedTime(started));
    }
}
