using ViCo.Gateway;
using ViCo.Gateway.Tenants;

var builder = WebApplication.CreateBuilder(args);
builder.AddViCoClient();
builder.AddViCoGateway();

var app = builder.Build();
app.MapViCo();
await app.StartAsync();
if (app.Configuration["ViCo:AdminKeyFile"] is { Length: > 0 } keyFile)
    await app.Services.GetRequiredService<FirstStart>().EnsureAsync(keyFile);
await app.WaitForShutdownAsync();
