using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ViCo.EndToEnd.Tests.Processes;

/// <summary>A process that a test starts, listens to and ends: politely, or as a power cut would.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly string _name;

    private Child(string name, Process process)
    {
        (_name, _process) = (name, process);
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <param name="folder">To work in; the system's temporary one unless given.</param>
    public static Child Start(string program, IEnumerable<string> arguments, IEnumerable<(string Key, string Value)>? environment = null,
        string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach (var (key, value) in environment ?? []) start.Environment[key] = value;
        return new(Path.GetFileName(program), Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
    }

    /// <summary>A loopback port that nothing listens on now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    public string Output
    {
        get { lock (_output) return string.Join('\n', _output); }
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGTERM: what an orchestrator sends before it loses patience.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(limit, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>
    /// Asks until <paramref name="isReady"/>; a process that ends meanwhile, or the time running out, fails with what the process said.
    /// </summary>
    public async Task WaitUntilAsync(Func<Task<bool>> isReady, TimeSpan limit, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (_process.HasExited) Assert.Fail($"{_name} ended with code {_process.ExitCode} before {what}:\n{Output}");
            try
            {
                if (await isReady()) return;
            }
            catch (Exception e) when (e is HttpRequestException or SocketException or IOException or TaskCanceledException)
            {
                // Not listening yet.
            }

            if (TimeProvider.System.GetElapsedTime(began) > limit) Assert.Fail(
                $"{_name}: not {what} within {limit.TotalSeconds:0} s:\n{Output}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    public static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            // Ended by itself between the question and the kill.
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Add(line);
    }
}
