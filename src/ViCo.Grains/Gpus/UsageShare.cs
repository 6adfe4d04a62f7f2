namespace ViCo.Grains.Gpus;

/// <summary>
/// What a tenant, or within it one of its end users, used of late, and who of it waits. The root's children are the tenants.
/// </summary>
/// <remarks>
/// Uses are in seconds as of one fixed moment: instead of making earlier ones less, later ones count for more. So the order of those who
/// use nothing just now never changes, and each change of one costs the logarithm of how many there are.
/// </remarks>
internal sealed class UsageShare(string name, UsageShare? parent) : IComparable<UsageShare>
{
    private readonly Dictionary<string, UsageShare> _children = [];
    private readonly Dictionary<string, SortedSet<UsageShare>> _waiting = [];
    private readonly Dictionary<string, (SortedSet<LineEntry> Sampling, SortedSet<LineEntry> Training)> _lines = [];
    private double _weight = 1;
    private bool _aside;
    private long _joined, _arrivals;

    public string Name => name;

    public UsageShare? Parent => parent;

    public IEnumerable<UsageShare> Children => _children.Values;

    public double Used { get; private set; }

    /// <summary>Least goes first.</summary>
    public double Turn => Used / _weight;

    public double Weight
    {
        get => _weight;
        set => Move(() => _weight = value);
    }

    /// <summary>Whether what it has to do waits until further notice: it is in no line.</summary>
    public bool Aside
    {
        get => _aside;
        set
        {
            if (value == _aside) return;
            if (value) foreach (var need in _waiting.Keys) Leave(need);
            _aside = value;
            if (!value) foreach (var need in _waiting.Keys) Join(need);
        }
    }

    /// <summary>Leases it holds.</summary>
    public int Running { get; set; }

    /// <summary>How long one of its drawings takes, from those it had.</summary>
    public double DrawingSeconds { get; private set; } = 5;

    /// <summary>How long one of its trainings takes, pauses not counted, from those it had.</summary>
    public double TrainingSeconds { get; private set; } = 600;

    public bool IsIdle => Running == 0 && _lines.Count == 0 && _waiting.Count == 0;

    public UsageShare Child(string child)
    {
        if (!_children.TryGetValue(child, out var share)) _children.Add(child, share = new(child, this));
        return share;
    }

    public void NoteDrawing(double seconds) => DrawingSeconds = 0.7 * DrawingSeconds + 0.3 * seconds;

    public void NoteTraining(double seconds) => TrainingSeconds = 0.7 * TrainingSeconds + 0.3 * seconds;

    public UsageShare? FindChild(string child) => _children.GetValueOrDefault(child);

    public void Forget(UsageShare child) => _children.Remove(child.Name);

    public void Use(double amount) => Move(() => Used = Math.Max(0, Used + amount));

    /// <summary>Makes every use a fraction of itself; a power of two changes no order.</summary>
    public void Rescale(double factor)
    {
        Used *= factor;
        foreach (var child in _children.Values) child.Rescale(factor);
    }

    /// <summary>
    /// After a time of nothing to do: a turn saved up is worth at most <paramref name="credit"/> against those who wait.
    /// </summary>
    public void ComeBack(double credit)
    {
        var others = parent!._waiting.Values.Select(w => w.Min!).Min(s => (double?)s.Turn);
        if (others is { } least && least - credit > Turn) Use((least - credit - Turn) * _weight);
    }

    public void Add(LineEntry entry)
    {
        if (!_lines.TryGetValue(entry.Need, out var line))
        {
            _lines.Add(entry.Need, line = ([], []));
            Join(entry.Need);
        }
        (entry.Interactive ? line.Sampling : line.Training).Add(entry);
    }

    public void Remove(LineEntry entry)
    {
        if (!_lines.TryGetValue(entry.Need, out var line)) return;
        (entry.Interactive ? line.Sampling : line.Training).Remove(entry);
        if (line.Sampling.Count > 0 || line.Training.Count > 0) return;
        _lines.Remove(entry.Need);
        Leave(entry.Need);
    }

    /// <summary>Who is next among those that a worker can take.</summary>
    /// <param name="needs">What it can take; null: everything.</param>
    /// <param name="overdue">A training that waits since then or longer goes before drawings.</param>
    public LineEntry? First(IReadOnlyList<string>? needs, DateTimeOffset overdue)
    {
        if (_lines.Count == 0) return Least(needs)?.First(needs, overdue);
        LineEntry? sampling = null, training = null;
        foreach (var need in needs ?? [.. _lines.Keys])
        {
            if (!_lines.TryGetValue(need, out var line)) continue;
            sampling = Older(sampling, line.Sampling.Min);
            training = Older(training, line.Training.Min);
        }
        return sampling is null || training?.WaitingSince <= overdue ? training ?? sampling : sampling;
    }

    /// <summary>Drawings that a worker can take, by turns.</summary>
    /// <param name="needs">What it can take; null: everything.</param>
    /// <param name="atMost">So many tenants, so many users of each, so many drawings of each of these.</param>
    public IEnumerable<LineEntry> NextDrawings(IReadOnlyList<string>? needs, int atMost) => _lines.Count == 0
        ? InTurn(atMost).SelectMany(share => share.NextDrawings(needs, atMost))
        : (needs ?? [.. _lines.Keys]).Where(_lines.ContainsKey).SelectMany(need => _lines[need].Sampling.Take(atMost)).Order();

    /// <summary>Its children with something to do, by turn, need by need.</summary>
    public IEnumerable<UsageShare> InTurn(int atMost) => _waiting.Values.SelectMany(w => w.Take(atMost)).Distinct().OrderBy(s => s);

    /// <summary>How many of a user's own jobs go before one of them.</summary>
    public int Before(LineEntry entry) => _lines.Values.Sum(line => entry.Interactive
        ? line.Sampling.Count(e => e.CompareTo(entry) < 0)
        : line.Sampling.Count + line.Training.Count(e => e.CompareTo(entry) < 0));

    /// <summary>How many of its and its users' jobs wait; before a drawing only drawings are counted.</summary>
    public int WaitingFor(bool interactive) => _lines.Values.Sum(line => line.Sampling.Count + (interactive ? 0 : line.Training.Count))
        + _children.Values.Sum(child => child.WaitingFor(interactive));

    public int CompareTo(UsageShare? other)
    {
        if (other is null) return -1;
        var byTurn = Turn.CompareTo(other.Turn);
        if (byTurn != 0) return byTurn;
        var byArrival = _joined.CompareTo(other._joined);
        return byArrival != 0 ? byArrival : string.CompareOrdinal(Name, other.Name);
    }

    private static LineEntry? Older(LineEntry? a, LineEntry? b) => a is null || b?.CompareTo(a) < 0 ? b ?? a : a;

    private UsageShare? Least(IReadOnlyList<string>? needs)
    {
        UsageShare? least = null;
        foreach (var need in needs ?? [.. _waiting.Keys])
        {
            if (_waiting.TryGetValue(need, out var waiting) && (least is null || waiting.Min!.CompareTo(least) < 0)) least = waiting.Min;
        }
        return least;
    }

    private void Join(string need)
    {
        if (parent is null || _aside) return;
        if (!IsIn(parent)) _joined = parent._arrivals++;
        if (!parent._waiting.TryGetValue(need, out var waiting))
        {
            parent._waiting.Add(need, waiting = []);
            parent.Join(need);
        }
        waiting.Add(this);
    }

    private void Leave(string need)
    {
        if (parent is null || _aside) return;
        var waiting = parent._waiting[need];
        waiting.Remove(this);
        if (waiting.Count > 0) return;
        parent._waiting.Remove(need);
        parent.Leave(need);
    }

    private bool IsIn(UsageShare of) => of._waiting.Values.Any(w => w.Contains(this));

    /// <summary>Changes what its turn depends on: its parent's lines know it by its turn.</summary>
    private void Move(Action change)
    {
        SortedSet<UsageShare>[] lines = parent is null ? [] : [.. parent._waiting.Values.Where(w => w.Remove(this))];
        change();
        foreach (var line in lines) line.Add(this);
    }
}
