using System.CommandLine;
using ViCo.Cli.CommandLine;

namespace ViCo.Cli;

internal static class DoctorCommand
{
    public static Command Create() => new Verb("doctor", "pending");
}
