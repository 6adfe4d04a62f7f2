namespace ViCo.Grains.Gpus;

/// <summary>Which trainings are to pause, and for whom.</summary>
/// <remarks>
/// One training for a request and one request of a tenant at a time; only a training of who used more, or for a drawing one of the same
/// user; of those the one that loses the least. A training that was paused before keeps its device for a quantum.
/// </remarks>
internal sealed class Preemption(LeaseOptions options, UsageBook usage)
{
    // Idle workers ask several times a second; what waited longer than this, none of them could take.
    private static readonly TimeSpan NobodyCame = TimeSpan.FromSeconds(2), ArrangeEvery = TimeSpan.FromMilliseconds(250);

    private DateTimeOffset _arranged;

    /// <summary>How many trainings it asked to pause.</summary>
    public long Arranged { get; private set; }

    /// <summary>An entry leaves the line or its lease: what was arranged with it is over.</summary>
    public static void Settle(LineEntry entry)
    {
        if (entry.Pausing is { Lease: { } paused }) paused.PausesFor = null;
        entry.Pausing = null;
        if (entry.Lease is not { PausesFor: { } waits } lease) return;
        waits.Pausing = null;
        lease.PausesFor = null;
    }

    public void Arrange(IReadOnlyCollection<LineEntry> leased, DateTimeOffset now)
    {
        if (now - _arranged < ArrangeEvery) return;
        _arranged = now;
        List<LineEntry> trainings = [.. leased.Where(e => !e.Interactive && e.Lease!.PausesFor is null)];
        if (trainings.Count == 0) return;

        var asked = leased.Select(e => e.Lease!.PausesFor?.Tenant).ToHashSet();
        var ahead = leased.GroupBy(e => e.Lease!.Share).ToDictionary(g => g.Key, g => g.Sum(e => e.Lease!.Ahead(now)));
        var aheadOfTenant = ahead.GroupBy(a => a.Key.Parent!).ToDictionary(g => g.Key, g => g.Sum(a => a.Value));
        var overdue = now - options.TrainingWaitsAtMost;
        foreach (var tenant in usage.Root.InTurn(trainings.Count))
        {
            if (asked.Contains(tenant.Name) || tenant.First(null, overdue) is not { } request || now - request.WaitingSince < NobodyCame)
                continue;
            if (trainings.Where(t => MayPause(t, request)).MinBy(t => now - t.Lease!.Saved) is not { } training) continue;
            (training.Lease!.PausesFor, request.Pausing) = (request, training);
            Arranged++;
            trainings.Remove(training);
            if (trainings.Count == 0) return;
        }

        bool MayPause(LineEntry training, LineEntry request)
        {
            var lease = training.Lease!;
            if (request.Need.Length > 0 && lease.Base is { } has && has != request.Need) return false;
            if (now - lease.Granted < (request.Interactive ? lease.Keeps : options.TrainingQuantum)) return false;
            // Trainings of like use would otherwise push each other around for a second's difference.
            var margin = request.Interactive ? 0 : options.TrainingQuantum.TotalSeconds / 2 * usage.Rate(now);
            var (payer, asking) = (lease.Share, usage.Of(request.Tenant, request.User));
            if (payer.Parent != asking.Parent)
                return asking.Parent!.Turn + margin < payer.Parent!.Turn - aheadOfTenant[payer.Parent] / payer.Parent.Weight;
            return payer == asking ? request.Interactive : asking.Turn + margin < payer.Turn - ahead[payer];
        }
    }
}
