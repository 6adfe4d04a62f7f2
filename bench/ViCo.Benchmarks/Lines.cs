namespace ViCo.Benchmarks;

/// <summary>Progress as lines, at once and in order: <see cref="Progress{T}"/> would post them to the thread pool.</summary>
internal sealed class Lines : IProgress<string>
{
    public void Report(string value) => Console.WriteLine($"  {value}");
}
