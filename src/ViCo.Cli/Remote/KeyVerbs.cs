using System.CommandLine;
using System.Globalization;
using ViCo.Cli.CommandLine;
using ViCo.Client;

namespace ViCo.Cli.Remote;

/// <summary><c>vico keys</c>: the keys of one's tenant on a server.</summary>
internal static class KeyVerbs
{
    public static Command Create()
    {
        var key = ServerVerb.Id("key", "The key's id, as the list shows it.");
        var keys = ServerVerb.Ids("key", "Ids of keys, as the list shows them.");
        var overlap = Ranged.Int("--overlap", "Seconds that the old key goes on. Default: a day.", 0, 30 * 24 * 60 * 60);
        return new Verb("keys", "Keys of your tenant on a server: list, create, rotate, revoke.",
            ("vico keys create --role reader --name dashboard", "a key that only looks"))
        {
            ServerVerb.Of("list", "The tenant's keys, newest first, without their secrets.", ("vico keys list", "and when each was used"),
                async call => await call.ListAsync(
                    (await call.Client.Keys.ListAsync(call.Stop)).ToAsyncEnumerable(), most: null,
                    ("ID", k => k.Id), ("NAME", k => k.Name), ("ROLE", k => k.Role), ("SCOPES", k => k.Scopes), ("CREATED", k => k.Created),
                    ("LAST USED", k => k.LastUsed), ("EXPIRES", k => k.Expires), ("REVOKED", k => k.Revoked))),
            Make(),
            ServerVerb.Of("rotate", "Puts a new key beside an old one, which ends a while later; the new key goes to stdout.",
                ("vico keys rotate ID --overlap 3600", "within an hour the programs that use it must know the new one"),
                async call => Show(call, await call.Client.Keys.RotateAsync(
                    call.Get(key), call.Get(overlap) is { } seconds ? TimeSpan.FromSeconds(seconds) : null, call.Stop)), key, overlap),
            ServerVerb.Of("revoke", "Revokes keys: within seconds they open nothing.", ("vico keys revoke ID", "there is no way back"),
                async call =>
                {
                    foreach (var id in call.Get(keys)) await call.Client.Keys.RevokeAsync(id, call.Stop);
                    if (call.Json) Terminal.Json(new { revoked = call.Get(keys) });
                }, keys),
        };
    }

    private static Verb Make()
    {
        var role = ServerVerb.Text("--role", "reader, user, admin or operator; at most your own. Default: user.", "ROLE");
        role.AcceptOnlyFromAmong("reader", "user", "admin", "operator");
        var name = ServerVerb.Text("--name", "What people call it.", "NAME");
        var scope = new System.CommandLine.Option<string[]>("--scope")
        {
            Description = "Of what the role may do, only this, such as images:write. May be repeated.",
            HelpName = "SCOPE",
        };
        var expires = ServerVerb.Text("--expires", "When it ends by itself, such as 2027-01-31. Default: never.", "TIME");
        return ServerVerb.Of(
            "create", "Makes a key. It goes to stdout, once, and its id to stderr.",
            ("vico keys create --name shop --scope images:write > shop.key", "a key that draws and does nothing else"),
            async call => Show(call, await call.Client.Keys.CreateAsync(
                new(call.Get(name), call.Get(role), call.Get(scope) is { Length: > 0 } scopes ? scopes : null, Time(call.Get(expires))),
                call.Stop)),
            role, name, scope, expires);
    }

    private static void Show(ServerCall call, CreatedKey made)
    {
        Terminal.Say($"key {made.Id}; it is not shown again");
        if (call.Json) Terminal.Json(made);
        else Console.WriteLine(made.Secret);
    }

    private static DateTimeOffset? Time(string? text) => text is null ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time) ? time
        : throw new UsageException($"--expires is '{text}'; a date, or a date and time, is wanted, such as 2027-01-31.");
}
