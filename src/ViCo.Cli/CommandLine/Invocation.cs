using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;
using Spectre.Console;
using ViCo.Client;
using ViCo.Engine;
using ViCo.Options;

namespace ViCo.Cli.CommandLine;

/// <summary>Runs a command line: 0 done, 1 failed, 2 the input is at fault, 130 stopped by Ctrl-C. Errors are one line on stderr.</summary>
internal static partial class Invocation
{
    /// <summary>How long a command may take to stop; a host that drains its silo needs some seconds.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        TeachingHelp.Install(root);
        root.Add(new DiagramDirective());        // vico [diagram] …: how a line is read, without running it
        // Written into a file or a pipe, a line is a line: nothing folds it at the width of a terminal that is not there.
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 500;
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var words in Mistakes(parsed)) Complain(words);
            await Console.Error.WriteLineAsync($"Try: {Path(parsed.CommandResult)} --help");
            return 2;
        }

        try
        {
            // A handler of the library's own would hear signals only once the command has first waited for something.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            if (parsed.Action is not AsynchronousCommandLineAction) return parsed.Invoke(configuration);
            using var signals = new StopSignals();
            var running = parsed.InvokeAsync(configuration, signals.Token);
            return await Task.WhenAny(running, LateAsync(signals.Token)) == running ? await running
                : throw new OperationCanceledException(signals.Token);
        }
        catch (Exception e) when (e is UsageException or InvalidDataException or ArgumentException)
        {
            Complain(e.Message);
            return 2;
        }
        catch (ViCoException e)
        {
            Complain(e.Message);
            return (int)e.Status < 500 ? 2 : 1;
        }
        catch (NotFiniteException e)
        {
            Complain(e.Message);
            return 1;
        }
        catch (OperationCanceledException e) when (e.InnerException is not TimeoutException)      // a server that did not answer in time
        {
            await Console.Error.WriteLineAsync("vico: stopped");
            return 130;
        }
        catch (Exception e)
        {
            Complain(Environment.GetEnvironmentVariable("VICO_DEBUG") is null ? $"{Root(e).Message} (VICO_DEBUG=1 shows where)"
                : e.ToString());
            return 1;
        }
    }

    /// <summary>Ends when what runs has been asked to stop for too long.</summary>
    private static async Task LateAsync(CancellationToken stop)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(_patience, TimeProvider.System, CancellationToken.None);
    }

    /// <summary>What is wrong with a line. A verb that there is not is the first mistake, and all others may follow from it.</summary>
    private static IEnumerable<string> Mistakes(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [var word, ..] && command.Subcommands.Count > 0 && !word.StartsWith('-'))
        {
            var near = NearestName.Of(word, command.Subcommands.Select(c => c.Name));
            return [$"There is no verb '{word}'; "
                + (near is null ? $"there are: {string.Join(", ", command.Subcommands.Select(c => c.Name))}." : $"did you mean '{near}'?")];
        }
        if (parsed.UnmatchedTokens.Count == 0 && Missing(parsed) is { } missing) return [missing];
        return parsed.Errors.Select(error => Unknown().Replace(
            Unread().Replace(error.Message, "${option} is ${text}; a whole number is wanted."),
            match => $"'{match.Groups["text"]}' is none of: {Choices().Replace(match.Groups["known"].Value.Trim(), ", ").Trim('\'')}."));
    }

    /// <summary>What a line ends before, or null.</summary>
    private static string? Missing(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command is { Action: null, Subcommands.Count: > 0 })
            return $"{Path(parsed.CommandResult)} wants a verb: {string.Join(", ", command.Subcommands.Select(c => c.Name))}.";
        var missing = command.Arguments.Where(argument =>
            (parsed.GetResult(argument)?.Tokens.Count ?? 0) < argument.Arity.MinimumNumberOfValues).Select(a => a.HelpName).ToList();
        return missing.Count == 0 ? null : $"{Path(parsed.CommandResult)} wants {string.Join(" and ", missing)} as well.";
    }

    /// <summary>The verbs of a line, such as <c>vico models list</c>.</summary>
    private static string Path(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult above ? $"{Path(above)} {result.Command.Name}" : "vico";

    [GeneratedRegex(@"^Cannot parse argument '(?<text>.*)' for option '(?<option>.*)' as expected type '.*Int32.*'\.$")]
    private static partial Regex Unread();

    [GeneratedRegex(@"^Argument '(?<text>.*)' not recognized\. Must be one of:(?<known>[\s\S]*)$")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"'\s+'")]
    private static partial Regex Choices();

    private static void Complain(string message) => Console.Error.WriteLine($"vico: {message}");

    private static Exception Root(Exception e) => e is AggregateException { InnerExceptions: [var only] } ? Root(only) : e;
}
