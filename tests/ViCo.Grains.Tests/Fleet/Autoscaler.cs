namespace ViCo.Grains.Tests.Fleet;

/// <summary>
/// A HorizontalPodAutoscaler (autoscaling/v2) with its defaults over an external metric of average value 1: tolerance of a tenth, up by
/// four pods or double in 15 s, down to the most that was advised in the last five minutes.
/// </summary>
internal sealed class Autoscaler
{
    private const double Tolerance = 0.1;
    private const int Window = 300, PodsUp = 4;

    private readonly Queue<(int At, int Replicas)> _advised = [];

    /// <param name="metric">Sum over the pool.</param>
    /// <param name="now">In seconds.</param>
    /// <returns>How many replicas there are to be.</returns>
    public int Sync(int replicas, int metric, int now)
    {
        var advice = Math.Abs((double)metric / replicas - 1) <= Tolerance ? replicas : metric;
        _advised.Enqueue((now, advice));
        while (now - _advised.Peek().At > Window) _advised.Dequeue();
        return advice > replicas ? Math.Min(advice, Math.Max(2 * replicas, replicas + PodsUp))
            : Math.Min(replicas, _advised.Max(a => a.Replicas));
    }
}
