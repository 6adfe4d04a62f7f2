using System.CommandLine;
using ViCo.Cli.CommandLine;

namespace ViCo.Cli;

internal static class EvalCommand
{
    public static Command Create() => new Verb("eval", "pending");
}
