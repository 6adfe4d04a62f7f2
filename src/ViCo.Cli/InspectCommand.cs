using System.CommandLine;
using ViCo.Cli.CommandLine;

namespace ViCo.Cli;

internal static class InspectCommand
{
    public static Command Create() => new Verb("inspect", "pending");
}
