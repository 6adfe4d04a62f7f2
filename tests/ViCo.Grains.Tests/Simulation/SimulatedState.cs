using Orleans.Runtime;
using Orleans.Storage;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Simulation;

/// <summary>One blob of a simulated store.</summary>
internal sealed class Cell
{
    public Saved<JobRecord>? Content { get; set; }

    public int ETag { get; set; }

    /// <summary>Looks at every state that ever was durable.</summary>
    public required Action Committed { get; init; }
}

/// <summary>One activation's view of a cell. A write fails before it happens, or after, as often as the simulation says.</summary>
internal sealed class SimulatedState(Cell cell, Func<double> roll, Func<double> faultRate) : IPersistentState<Saved<JobRecord>>
{
    private int _etag = -1;

    public Saved<JobRecord> State { get; set; } = new();

    public string Etag => $"{_etag}";

    public bool RecordExists { get; private set; }

    public Task ReadStateAsync()
    {
        if (roll() < faultRate() / 2) throw new IOException("read");
        State = cell.Content ?? new();
        RecordExists = cell.Content is not null;
        _etag = cell.ETag;
        return Task.CompletedTask;
    }

    public Task WriteStateAsync() => Commit(State);

    public Task ClearStateAsync() => Commit(null);

    private Task Commit(Saved<JobRecord>? next)
    {
        var fate = roll();
        if (fate < faultRate() / 2) throw new IOException("before");
        if (cell.ETag != _etag) throw new InconsistentStateException("overtaken");
        cell.Content = next;
        RecordExists = next is not null;
        _etag = ++cell.ETag;
        cell.Committed();
        if (fate < faultRate()) throw new IOException("after");
        return Task.CompletedTask;
    }
}
