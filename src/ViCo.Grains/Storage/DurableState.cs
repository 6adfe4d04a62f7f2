using Orleans.Storage;

namespace ViCo.Grains.Storage;

/// <summary>
/// One grain's state, changed by pure commands. <see cref="Value"/> is always what is durable. A write that another activation overtook is
/// decided anew on what that one wrote; a write whose outcome is unknown is looked up.
/// </summary>
/// <remarks>Commands come one at a time, as turns of a grain do. Reading <see cref="Value"/> may interleave.</remarks>
internal sealed class DurableState<T>(IPersistentState<Saved<T>> stored) where T : class
{
    private const int Tries = 4;

    private readonly string _writer = Guid.NewGuid().ToString("N");
    private bool _uncertain;

    private T? _value;
    private DamagedBlobException? _damage;

    /// <exception cref="DamagedBlobException">What is stored does not read.</exception>
    public T? Value => _damage is null ? _value : throw Damaged();

    /// <summary>Called when somebody asks for what does not read: whoever asks next should look again, for it may be mended.</summary>
    public Action? AskedInVain { get; set; }

    /// <summary>Called with what was and what is now, after each write of this activation.</summary>
    public Action<T?, T?>? Written { get; set; }

    /// <summary>Takes over what was read at activation. False: it does not read.</summary>
    public bool Load()
    {
        (_value, _damage) = (stored.State.Value, stored.State.Damage);
        return _damage is null;
    }

    /// <summary>Applies a command: the same reference back means nothing to write, null means clear.</summary>
    /// <remarks>
    /// A write proves that the decision was made on what is stored. A command that writes nothing, or throws, proves nothing: another
    /// activation may have gone on meanwhile. It is decided again on what is read anew.
    /// </remarks>
    /// <exception cref="InconsistentStateException">Other activations kept overtaking.</exception>
    public async Task<TResult> ChangeAsync<TResult>(Func<T?, (T? Next, TResult Result)> command)
    {
        var fresh = false;
        for (var attempt = 1; ; attempt++)
        {
            if (_uncertain)
            {
                await RefreshAsync();
                fresh = true;
            }

            var before = Value;
            T? next;
            TResult result;
            try
            {
                (next, result) = command(before);
            }
            catch when (!fresh)
            {
                _uncertain = true;
                continue;
            }
            if (ReferenceEquals(next, before))
            {
                if (fresh) return result;
                _uncertain = true;
                continue;
            }

            _uncertain = true;
            try
            {
                await WriteAsync(next);
                _value = next;
                _uncertain = false;
                Written?.Invoke(before, next);
                return result;
            }
            catch (Exception e)
            {
                var revision = stored.State.Revision;
                await RefreshAsync();
                fresh = true;
                var landed = next is null ? !stored.RecordExists : stored.State.Revision == revision && stored.State.Writer == _writer;
                if (landed)
                {
                    Written?.Invoke(before, next);
                    return result;
                }
                if (e is not InconsistentStateException || attempt >= Tries) throw;
            }
        }
    }

    private Task WriteAsync(T? next)
    {
        if (next is null) return stored.ClearStateAsync();
        stored.State = new() { Revision = stored.State.Revision + 1, Writer = _writer, Value = next };
        return stored.WriteStateAsync();
    }

    private async Task RefreshAsync()
    {
        await stored.ReadStateAsync();
        Load();
        _uncertain = false;
    }

    private DamagedBlobException Damaged()
    {
        AskedInVain?.Invoke();
        return new(_damage!.Blob, _damage.Why);
    }
}
