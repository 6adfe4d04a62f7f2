using System.CommandLine;
using System.Globalization;
using ViCo.Cli.CommandLine;
using ViCo.Client;

namespace ViCo.Cli.Remote;

/// <summary><c>vico silos</c>: the processes of an installation that work with its devices.</summary>
internal static class SiloVerbs
{
    public static Command Create()
    {
        var silo = ServerVerb.Id("silo", "The silo's name, as the list shows it.");
        var silos = ServerVerb.Ids("silo", "Names of silos, as the list shows them.");
        return new Verb("silos", "Silos of an installation, for its operators: list, show, cordon, drain, uncordon, remove.",
            ("vico silos drain gpu-3", "before its machine is stopped"))
        {
            ServerVerb.Of(
                "list", "The silos that take work, and what they run.", ("vico silos list", "and which may be stopped"),
                async call => await call.ListAsync(
                    (await call.Client.Silos.ListAsync(call.Stop)).ToAsyncEnumerable(), most: null,
                    ("NAME", s => s.Name), ("STATE", s => s.Spare ? "spare" : s.State),
                    ("DEVICES", s => s.Devices.Select(d => d.Device)),
                    ("MODELS", s => s.Devices.Select(d => d.BaseModel).Distinct()), ("RUNNING", s => s.Running.Select(w => w.Job)),
                    ("EMPTY IN", s => s.Running.Count > 0 ? Seconds(s) : ""), ("REMOVABLE", s => s.Removable ? "yes" : ""))),
            ServerVerb.Of("show", "A silo.", ("vico silos show gpu-3", "its devices and what they run"), async call =>
                Show(call, await call.Client.Silos.GetAsync(call.Get(silo), call.Stop)), silo),
            Tell("cordon", "Gives silos no new work; what runs there ends there.", "nothing is interrupted",
                (client, name, stop) => client.CordonAsync(name, stop)),
            Tell("drain", "Gives silos no new work; their trainings stop at the next step and go on elsewhere, their drawings end there.",
                "then stop it when the list says that it is removable", (client, name, stop) => client.DrainAsync(name, stop)),
            Tell("uncordon", "Gives silos work again.", "it takes work at once", (client, name, stop) => client.UncordonAsync(name, stop)),
            ServerVerb.Of("remove", "Forgets silos that are gone.", ("vico silos remove gpu-3", "after it was stopped"), async call =>
            {
                foreach (var name in call.Get(silos)) await call.Client.Silos.RemoveAsync(name, call.Stop);
                if (call.Json) Terminal.Json(new { removed = call.Get(silos) });
            }, silos),
        };

        Verb Tell(string verb, string description, string meaning, Func<SiloCalls, string, CancellationToken, Task<Client.Silo>> tell) =>
            ServerVerb.Of(verb, description, ($"vico silos {verb} gpu-3", meaning), async call =>
            {
                List<Client.Silo> told = [];
                foreach (var name in call.Get(silos)) told.Add(await tell(call.Client.Silos, name, call.Stop));
                if (call.Json) Terminal.Json(told);
            }, silos);
    }

    private static void Show(ServerCall call, Client.Silo silo) => call.Show(
        silo, ("name", silo.Name), ("state", silo.Spare ? $"{silo.State}, spare" : silo.State), ("told", silo.Changed),
        ("devices", silo.Devices.Select(d => $"{d.Device} ({d.BaseModel})")),
        ("running", silo.Running.Count > 0 ? silo.Running.Select(w => w.Job) : null),
        ("empty in", silo.Running.Count > 0 ? Seconds(silo) : null), ("removable", silo.Removable ? "yes" : "no"));

    private static string Seconds(Client.Silo silo) => string.Create(CultureInfo.InvariantCulture, $"{silo.SecondsToEmpty:0} s");
}
