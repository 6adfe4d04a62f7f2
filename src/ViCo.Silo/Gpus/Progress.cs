using ViCo.Grains.Gpus;

namespace ViCo.Silo.Gpus;

/// <summary>When an attempt last got on, and whether it has been silent for too long since.</summary>
internal sealed class Progress(LeaseOptions options, TimeProvider clock)
{
    private const int StepsOfSilence = 50;

    private readonly Lock _gate = new();
    private long _last = clock.GetTimestamp(), _heard = clock.GetTimestamp();
    private TimeSpan _longestStep;
    private bool _steps;

    /// <summary>Something was read, stored or drawn.</summary>
    public void Note()
    {
        lock (_gate) _last = _heard = clock.GetTimestamp();
    }

    /// <summary>The engine gets on with what others asked for: so it is not silent, whatever a step of this attempt takes.</summary>
    public void NoteOthers()
    {
        lock (_gate) _heard = clock.GetTimestamp();
    }

    /// <summary>A step is done.</summary>
    public void NoteStep()
    {
        lock (_gate)
        {
            var took = clock.GetElapsedTime(_last);
            // The first step comes after all that was loaded.
            if (_steps && took > _longestStep) _longestStep = took;
            _last = _heard = clock.GetTimestamp();
            _steps = true;
        }
    }

    /// <summary>How long it has been silent, if that is too long; otherwise null.</summary>
    public TimeSpan? Hangs()
    {
        lock (_gate)
        {
            var silent = clock.GetElapsedTime(_heard);
            var allowed = !_steps ? options.SilenceBeforeFirstStep
                : _longestStep * StepsOfSilence > options.SilenceAtMost ? _longestStep * StepsOfSilence : options.SilenceAtMost;
            return silent > allowed ? silent : null;
        }
    }
}
