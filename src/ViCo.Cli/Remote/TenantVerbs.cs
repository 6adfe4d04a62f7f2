using System.CommandLine;
using ViCo.Cli.CommandLine;

namespace ViCo.Cli.Remote;

/// <summary><c>vico tenants</c>: the tenants of an installation.</summary>
internal static class TenantVerbs
{
    public static Command Create()
    {
        var newTenant = ServerVerb.Id("tenant", "An id for it: 1 to 40 of a-z, 0-9 and '-'. It never changes.");
        var tenants = ServerVerb.Ids("tenant", "Ids of tenants.");
        var name = ServerVerb.Text("--name", "What people call it. Default: its id.", "NAME");
        var limit = ServerVerb.Limit();
        return new Verb("tenants", "Tenants of an installation, for its operators: list, create, suspend, resume.",
            ("vico tenants create acme > acme.key", "its first admin key"))
        {
            ServerVerb.Of("list", "The tenants by id.", ("vico tenants list", "and which are suspended"), call => call.ListAsync(
                call.Client.Tenants.ListAsync(call.Stop), limit,
                ("ID", t => t.Id), ("NAME", t => t.Name), ("SUSPENDED", t => t.Suspended ? "yes" : ""), ("WEIGHT", t => t.Weight),
                ("CREATED", t => t.Created)), limit),
            ServerVerb.Of("create", "Makes a tenant. Its first admin key goes to stdout, once.",
                ("vico tenants create acme --name \"Acme Ltd\" > acme.key", "whoever has the key makes further ones"), async call =>
                {
                    var made = await call.Client.Tenants.CreateAsync(call.Get(newTenant), call.Get(name), call.Stop);
                    Terminal.Say($"tenant {made.Id} with admin key {made.KeyId}; the key is not shown again");
                    if (call.Json) Terminal.Json(made);
                    else Console.WriteLine(made.Secret);
                }, newTenant, name),
            Switch("suspend", "Refuses the calls of tenants and lets their jobs wait; what they stored stays.", suspended: true),
            Switch("resume", "Lets suspended tenants go on.", suspended: false),
        };

        Verb Switch(string verb, string description, bool suspended) =>
            ServerVerb.Of(verb, description, ($"vico tenants {verb} acme", "at once"), async call =>
            {
                List<Client.Tenant> changed = [];
                foreach (var id in call.Get(tenants)) changed.Add(await call.Client.Tenants.ChangeAsync(id, new(Suspended: suspended),
                    call.Stop));
                if (call.Json) Terminal.Json(changed);
            }, tenants);
    }
}
