using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ViCo.Silo;

namespace ViCo.Grains.Tests;

/// <summary>A silo says at its start what is wrong with its settings, what was found and what was wanted.</summary>
public sealed class SiloOptionsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ViCo:Storage:Folder", null, "neither Folder nor AzureConnection", "ViCo__Storage__Folder")]
    [InlineData("ViCo:Storage:AzureConnection", "UseDevelopmentStorage=true", "both Folder and AzureConnection")]
    [InlineData("ViCo:Silo:Roles", "control,tpu", "'control,tpu'")]
    [InlineData("ViCo:Silo:Roles:0", "tpu", "'tpu'")]
    [InlineData("ViCo:Silo:Name", "a/b", "may not hold '/'")]
    [InlineData("ViCo:Engine:Kind", "magic", "'magic'", "'torch' or 'rehearsal'")]
    [InlineData("ViCo:Engine:Kind", "torch", "Model is not set")]
    [InlineData("ViCo:Engine:Model", "/nowhere", "/nowhere", "model_index.json")]
    [InlineData("ViCo:Engine:Threads", "0", "Threads is 0")]
    [InlineData("ViCo:Engine:Precision", "fp8", "Precision is 'fp8'", "fp32, bf16, fp16")]
    [InlineData("ViCo:Engine:VaePrecision", "fp8", "VaePrecision is 'fp8'", "fp32, bf16, fp16")]
    [InlineData("ViCo:Engine:SamplesPerPass", "65", "SamplesPerPass is 65", "1 to 64")]
    [InlineData("ViCo:Leases:Duration", "00:00:15", "RenewEvery is 00:00:10", "half of Duration (00:00:15)")]
    [InlineData("ViCo:Leases:MaxFruitlessAttempts", "0", "1 to 100")]
    [InlineData("ViCo:Cluster:SiloPort", "70000", "ViCo:Cluster", "SiloPort")]
    public async Task A_wrong_setting_stops_the_start_with_words(string key, string? value, params string[] words)
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            using var host = HostWith(key, value);
            await host.StartAsync(TestContext.Current.CancellationToken);
        });
        Assert.All(words, word => Assert.Contains(word, error.Message));
    }

    [Theory]
    [InlineData("ViCo:Silo:Roles", "control", "control")]
    [InlineData("ViCo:Silo:Roles:0", "gpu", "gpu")]
    [InlineData("ViCo:Silo:Roles", "gpu, control", "gpu,control")]
    [InlineData("ViCo:Silo:Name", "x", "control,gpu")]
    public void Roles_are_a_list_or_one_value(string key, string value, string expected)
    {
        using var host = HostWith(key, value);
        Assert.Equal(expected.Split(','), host.Services.GetRequiredService<IOptions<SiloRoleOptions>>().Value.Roles);
        Assert.Equal(expected.Contains("gpu", StringComparison.Ordinal),
            host.Services.GetService<ViCo.Silo.Gpus.LoadedEngine>() is not null);
    }

    private IHost HostWith(string key, string? value)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ViCo:Storage:Folder"] = _folder.Path, ["ViCo:Engine:Kind"] = "rehearsal", ["ViCo:Cluster:GatewayPort"] = "0",
        });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [key] = value });
        builder.AddViCoSilo();
        return builder.Build();
    }
}
