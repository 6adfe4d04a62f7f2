using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>What must hold of a finished training's event log, however often its worker was killed.</summary>
internal static class TrainingLog
{
    /// <param name="events">The whole log.</param>
    /// <param name="steps">Steps of the training.</param>
    public static void AssertWhole(IReadOnlyList<LoggedEvent> events, int steps)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(Summary(events));
        Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (long)i), events.Select(e => e.Seq));
        Assert.True(events.Zip(events.Skip(1)).All(pair => pair.First.Attempt <= pair.Second.Attempt), "attempts only rise");

        var end = Assert.Single(events, e => e.Type == "state" && e.Data["state"]!.GetValue<string>() is "succeeded" or "failed"
            or "canceled");
        Assert.Equal("succeeded", end.Data["state"]!.GetValue<string>());
        Assert.Equal(events[^1], end);

        // However many attempts did a step, it is reported once, and in order.
        Assert.Equal(Enumerable.Range(1, steps), events.Where(e => e.Type == "step").Select(e => e.Step));
        var checkpoints = events.Where(e => e.Type == "checkpoint").Select(e => e.Step).ToList();
        Assert.Equal(checkpoints.Distinct().Order(), checkpoints);
        Assert.Equal(steps, checkpoints[^1]);
    }

    /// <summary>The log in short: runs of steps as one entry.</summary>
    private static string Summary(IReadOnlyList<LoggedEvent> events)
    {
        var lines = new List<string>();
        for (var i = 0; i < events.Count; i++)
        {
            var first = i;
            while (events[i].Type == "step" && i + 1 < events.Count && events[i + 1].Type == "step"
                && events[i + 1].Attempt == events[i].Attempt
                && events[i + 1].Step == events[i].Step + 1) i++;
            lines.Add(first == i ? events[i].Json
                : $"seq {events[first].Seq} to {events[i].Seq}, attempt {events[i].Attempt}: steps {events[first].Step} to "
                + $"{events[i].Step}");
        }

        return string.Join('\n', lines);
    }

    /// <summary>What a listener heard before the crash is what the log holds after it, to the byte.</summary>
    public static void AssertBeginsWith(IReadOnlyList<LoggedEvent> events, IReadOnlyList<LoggedEvent> heard) =>
        Assert.Equal(heard.Select(e => e.Json), events.Take(heard.Count).Select(e => e.Json));
}
