using System.CommandLine;
using ViCo.Cli;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Remote;

var root = new RootCommand(
    """
    ViCo learns an object from a handful of photos and draws it in new places.

    Start here:
      vico demo        watch the whole platform learn the sample teapot and draw it (a few minutes)
      vico up          the platform with its web studio on http://127.0.0.1:5080
      vico train       the same learning without a server, into a folder; then vico sample
      vico login URL   then concepts, photos, runs, jobs, images, keys, tenants, silos and usage talk to it
    Every verb explains itself with examples: vico VERB --help
    """)
{
    UpCommand.Create(),
    DemoCommand.Create(),
    TrainCommand.Create(),
    SampleCommand.Create(),
    InspectCommand.Create(),
    EvalCommand.Create(),
    ModelsCommand.Create(),
    ConceptsCommand.Create(),
    BenchCommand.Create(),
    DoctorCommand.Create(),
    AdminCommand.Create(),
    TestCommand.Create(),
    LoginCommand.Create(),
    LoginCommand.CreateLogout(),
    ConceptVerbs.Photos(),
    RunVerbs.Create(),
    JobVerbs.Create(),
    ImageVerbs.Create(),
    UsageCommand.Create(),
    KeyVerbs.Create(),
    TenantVerbs.Create(),
    SiloVerbs.Create(),
    Completion.Create(),
};

return await Invocation.RunAsync(root, args);
