using System.Text.Json;
using ViCo.Cli.CommandLine;
using ViCo.Client;

namespace ViCo.Cli.Remote;

/// <summary>The server that <c>vico login</c> wrote down, in a file that only its owner can read.</summary>
internal sealed record SignedIn(string Server, string Key)
{
    /// <summary><c>$XDG_CONFIG_HOME/vico/login.json</c> or <c>~/.config/vico/login.json</c>.</summary>
    public static string File => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "vico",
        "login.json");

    /// <summary>Never the key: records print their members, and keys must not reach a log.</summary>
    public override string ToString() => Server;

    public static SignedIn? Read()
    {
        if (!System.IO.File.Exists(File)) return null;
        try
        {
            return JsonSerializer.Deserialize<SignedIn>(System.IO.File.ReadAllText(File), JsonSerializerOptions.Web);
        }
        catch (JsonException e)
        {
            throw new UsageException($"'{File}' cannot be read ({e.Message}); vico login URL writes it anew.");
        }
    }

    public void Write()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        System.IO.File.Delete(File);                        // one that others could read keeps its mode
        using var file = new StreamWriter(File, options);
        file.Write(JsonSerializer.Serialize(this, JsonSerializerOptions.Web));
    }

    public static bool Forget()
    {
        if (!System.IO.File.Exists(File)) return false;
        System.IO.File.Delete(File);
        return true;
    }

    /// <summary>An address that people typed.</summary>
    public static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address : throw new UsageException($"'{text}' is no address; wanted: such as http://127.0.0.1:5080.");

    /// <summary>The server of the command line, else of the environment, else the one that was signed in at.</summary>
    public static ViCoClient Client(string? server, string? keyFile)
    {
        var stored = server is null || keyFile is null ? Read() : null;
        var address = server ?? Environment.GetEnvironmentVariable("VICO_SERVER") ?? stored?.Server
            ?? throw new UsageException("No server: sign in with vico login URL, or give --server.");
        var url = Address(address);
        var key = keyFile is not null ? KeyIn(keyFile) : Environment.GetEnvironmentVariable("VICO_KEY")
            ?? (stored is not null && Address(stored.Server) == url ? stored.Key : null)
            ?? throw new UsageException($"No key for {address}: sign in with vico login {address}, give --key-file, or set VICO_KEY.");
        return new(url, key.Trim());
    }

    /// <summary>A key out of a file; <c>-</c>: out of stdin.</summary>
    public static string KeyIn(string file)
    {
        if (file == "-") return Console.In.ReadLine()?.Trim() ?? throw new UsageException("No key came on stdin.");
        return System.IO.File.Exists(file) ? System.IO.File.ReadAllText(file).Trim()
            : throw new UsageException($"There is no file '{file}'.");
    }
}
