namespace ViCo.Cli.CommandLine;

/// <summary>What the user gave cannot be used; the message says what was found and what was wanted. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
