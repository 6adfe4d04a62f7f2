using ViCo.Silo;
using ViCo.Silo.Gpus;

var builder = WebApplication.CreateBuilder(args);
// Both tell of every placement and probe; ViCo's own lines would drown. Logging:LogLevel:Orleans and :Polly turn them up.
foreach (var category in (string[])["Orleans", "Polly"])
{
    if (builder.Configuration[$"Logging:LogLevel:{category}"] is null) builder.Logging.AddFilter(category, LogLevel.Warning);
}
builder.AddViCoSilo();

var app = builder.Build();
// Several silos share a machine: without ASPNETCORE_URLS each takes a free port.
if (string.IsNullOrEmpty(app.Configuration["urls"])) app.Urls.Add("http://127.0.0.1:0");
app.MapGet("/healthz", (IServiceProvider services) => services.GetService<LoadedEngine>() is { Error: { } error }
    ? Results.Problem(error, statusCode: StatusCodes.Status503ServiceUnavailable)
    : Results.Text("ok"));
app.MapGet("/readyz", (IServiceProvider services) => services.GetService<LoadedEngine>() is { IsLoaded: false }
    ? Results.Problem("The engine is loading.", statusCode: StatusCodes.Status503ServiceUnavailable)
    : Results.Text("ok"));
await app.RunAsync();
