using System.CommandLine;
using System.CommandLine.Invocation;
using Spectre.Console;
using ViCo.Engine;

namespace ViCo.Cli.CommandLine;

/// <summary>Runs a command line: 0 done, 1 failed, 2 the input is at fault, 130 stopped by Ctrl-C. Errors are one line on stderr.</summary>
internal static class Invocation
{
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        TeachingHelp.Install(root);
        root.Add(new DiagramDirective());        // vico [diagram] …: how a line is read, without running it
        // Written into a file or a pipe, a line is a line: nothing folds it at the width of a terminal that is not there.
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 500;
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors) Complain(error.Message);
            var path = parsed.CommandResult.Command is RootCommand ? "vico" : $"vico {parsed.CommandResult.Command.Name}";
            await Console.Error.WriteLineAsync($"Try: {path} --help");
            return 2;
        }

        try
        {
            // Ctrl-C cancels the token; a host that drains its silo needs longer than the two seconds usual for small tools.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromSeconds(20),
            });
        }
        catch (Exception e) when (e is UsageException or InvalidDataException or ArgumentException)
        {
            Complain(e.Message);
            return 2;
        }
        catch (NotFiniteException e)
        {
            Complain(e.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("vico: stopped");
            return 130;
        }
        catch (Exception e)
        {
            Complain(Environment.GetEnvironmentVariable("VICO_DEBUG") is null ? $"{Root(e).Message} (VICO_DEBUG=1 shows where)" : e.ToString());
            return 1;
        }
    }

    private static void Complain(string message) => Console.Error.WriteLine($"vico: {message}");

    private static Exception Root(Exception e) => e is AggregateException { InnerExceptions: [var only] } ? Root(only) : e;
}
