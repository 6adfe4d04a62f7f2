using System.Collections.Concurrent;
using System.Threading.Channels;
using ViCo.Engine;

namespace ViCo.Silo.Gpus;

/// <summary>Draws in one batch what several runs ask for at the same time.</summary>
/// <remarks>
/// A round begins when everyone with a seat has asked, or the first has waited long enough for the others, who then come with the next. Who
/// is cancelled leaves at once: what is drawn of his is given to nobody, and the others lose nothing. When a round of several fails, each
/// part is drawn by itself, so that the fault ends the one that it belongs to.
/// </remarks>
internal sealed class SharedPasses(IEngine engine, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // Null: a seat was given up, so that a round may begin that waited for it.
    private readonly Channel<SharedPart?> _asked = Channel.CreateUnbounded<SharedPart?>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<SharedPart, bool> _waiting = [];
    private int _seats;

    /// <summary>Awaited after a round of which somebody goes on, before its pictures are given.</summary>
    public Func<Task> BetweenRounds { get; init; } = () => Task.CompletedTask;

    /// <summary>A place for one run; rounds wait for it.</summary>
    public Seat Sit()
    {
        Interlocked.Increment(ref _seats);
        return new(this);
    }

    /// <summary>Draws round after round until <see cref="Finish"/>.</summary>
    public async Task RunAsync()
    {
        while (await _asked.Reader.WaitToReadAsync())
        {
            var round = await GatherAsync();
            if (round.Count > 0) await DrawAsync(round);
        }
    }

    /// <summary>All runs are over.</summary>
    public void Finish() => _asked.Writer.TryComplete();

    private async Task<List<SharedPart>> GatherAsync()
    {
        List<SharedPart> round = [];
        using var patience = new CancellationTokenSource(Patience, clock);
        try
        {
            do
            {
                while (_asked.Reader.TryRead(out var part)) if (part is not null) round.Add(part);
            }
            while (round.Count < Volatile.Read(ref _seats) && await _asked.Reader.WaitToReadAsync(patience.Token));
        }
        catch (OperationCanceledException)
        {
            // Without them, then.
        }
        round.RemoveAll(part => part.IsOver);
        return round;
    }

    private async Task DrawAsync(List<SharedPart> round)
    {
        using var nobodyLeft = new CancellationTokenSource();
        try
        {
            var drawing = engine.GenerateAsync([.. round.Select(p => p.Request)], round, nobodyLeft.Token);
            if (await Task.WhenAny(drawing, AllOverAsync(round)) != drawing) await nobodyLeft.CancelAsync();
            var images = await drawing;
            if (round.Any(p => !p.IsOver && !p.IsLast)) await BetweenRounds();
            foreach (var (part, own) in round.Zip(images)) part.Give(own);
        }
        catch (Exception e)
        {
            if (round.Count == 1) round[0].Fail(e);
            else
            {
                foreach (var part in round.Where(p => !p.IsOver)) await DrawAsync([part]);
            }
        }
    }

    private static async Task AllOverAsync(IEnumerable<SharedPart> round)
    {
        foreach (var part in round) await ((Task)part.Images).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void GotOn()
    {
        foreach (var (part, _) in _waiting) part.OthersGotOn();
    }

    /// <summary>The place of one run.</summary>
    internal sealed class Seat(SharedPasses passes) : IDisposable
    {
        private int _givenUp;

        /// <summary>Draws with the others of the round.</summary>
        /// <param name="isLast">The run asks for nothing after this: rounds need not wait for it.</param>
        /// <param name="othersGotOn">Called when the engine gets on with what others asked for.</param>
        /// <exception cref="OperationCanceledException">The token fired.</exception>
        public async Task<IReadOnlyList<GeneratedImage>> DrawAsync(
            GenerationRequest request, IGenerationObserver observer, bool isLast, Action othersGotOn, CancellationToken cancellationToken)
        {
            var part = new SharedPart(request, observer, passes.GotOn) { IsLast = isLast, OthersGotOn = othersGotOn };
            passes._waiting[part] = true;
            using var leaves = cancellationToken.Register(() => part.Leave(cancellationToken));
            try
            {
                await passes._asked.Writer.WriteAsync(part, cancellationToken);
                return await part.Images;
            }
            finally
            {
                passes._waiting.TryRemove(part, out _);
                if (isLast) Dispose();
            }
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _givenUp, 1) != 0) return;
            Interlocked.Decrement(ref passes._seats);
            passes._asked.Writer.TryWrite(null);
        }
    }
}
