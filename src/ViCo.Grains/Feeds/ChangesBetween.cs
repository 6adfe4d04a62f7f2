using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Feeds;

/// <summary>What a tenant's users see change from one record to the next.</summary>
internal static class ChangesBetween
{
    public static IReadOnlyList<TenantChange> Concepts(string id, ConceptRecord? before, ConceptRecord? after)
    {
        if (before is null or { Deleting: true }) return after is null or { Deleting: true } ? [] : [Of(ChangeKind.Created)];
        if (after is null or { Deleting: true }) return [Of(ChangeKind.Deleted)];

        List<TenantChange> changes = [];
        var earlier = (before.Runs ?? []).ToDictionary(r => r.Id);
        foreach (var run in after.Runs ?? [])
        {
            if (!earlier.Remove(run.Id, out var was)) changes.Add(new(ChangedThing.Run, run.Id, ChangeKind.Created, id));
            else if (!ReferenceEquals(was, run)) changes.Add(new(ChangedThing.Run, run.Id, ChangeKind.Changed, id));
        }
        changes.AddRange(earlier.Keys.Select(gone => new TenantChange(ChangedThing.Run, gone, ChangeKind.Deleted, id)));
        // Every other change shows in the concept itself, except in what only the platform keeps.
        var other = before with { Runs = after.Runs, Leaving = after.Leaving, Erasing = after.Erasing, Attempts = after.Attempts };
        if (other != after) changes.Add(Of(ChangeKind.Changed));
        return changes;

        TenantChange Of(ChangeKind how) => new(ChangedThing.Concept, id, how, id);
    }

    /// <param name="tellStep">Whether a further step alone is worth telling.</param>
    public static IReadOnlyList<TenantChange> Jobs(string id, JobRecord? before, JobRecord? after, bool tellStep)
    {
        if (after is null or { Erasing: true })
            return before is null or { Erasing: true } ? [] : [new(ChangedThing.Job, id, ChangeKind.Deleted, before.Spec.ConceptId)];
        var concept = after.Spec.ConceptId;
        var job = new TenantChange(ChangedThing.Job, id, ChangeKind.Changed, concept)
        {
            State = after.State,
            Step = after.Step,
            Steps = after.Steps,
        };
        if (before is null) return [job with { How = ChangeKind.Created }];

        var (had, has) = (Seen(before), Seen(after));
        List<TenantChange> changes =
        [
            .. has.Except(had).Select(index => Picture(index, ChangeKind.Created)),
            .. had.Except(has).Select(index => Picture(index, ChangeKind.Deleted)),
        ];
        if (changes.Count > 0 || before.State != after.State || before.CheckpointStep != after.CheckpointStep
            || (tellStep && before.Step != after.Step))
            changes.Add(job);
        return changes;

        TenantChange Picture(int index, ChangeKind how) => new(ChangedThing.Image, ImageId.Of(id, index), how, concept);

        static IReadOnlyList<int> Seen(JobRecord record) => [.. record.Images.Where(i => !i.Deleted).Select(i => i.Index)];
    }
}
