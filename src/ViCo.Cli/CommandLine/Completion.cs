using System.CommandLine;

namespace ViCo.Cli.CommandLine;

/// <summary><c>vico completion</c>: a few lines for the shell, which then asks vico itself what may follow.</summary>
internal static class Completion
{
    private const string Bash =
        """
        _vico() {
            local IFS=$'\n'
            COMPREPLY=($("$1" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null))
        }
        complete -o default -F _vico vico ./vico
        """;

    private const string Zsh =
        """
        _vico() {
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            [[ -n $found ]] && compadd -a found || _files
        }
        compdef _vico vico ./vico
        """;

    private const string Fish =
        """
        complete -c vico -a '(set -l line (commandline -cp); vico "[suggest:"(string length -- $line)"]" "$line" 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish.", HelpName = "SHELL" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Verb(
            "completion", "Prints what a shell needs to complete verbs and options.",
            ("source <(vico completion bash)", "for this shell; in ~/.bashrc for every one"),
            ("vico completion fish > ~/.config/fish/completions/vico.fish", "for fish"))
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            Console.WriteLine(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return 0;
        });
        return command;
    }
}
