using System.Net;
using Orleans.Configuration;
using StackExchange.Redis;
using ViCo.Grains.Clustering;

namespace ViCo.Gateway;

/// <summary>The gateway's way into the cluster when it is a process of its own.</summary>
public static class ClusterClient
{
    /// <summary>Adds an Orleans client as configured under <c>ViCo:Cluster</c>; it keeps trying until a silo answers.</summary>
    public static WebApplicationBuilder AddViCoClient(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection(ClusteringOptions.Section).Get<ClusteringOptions>() ?? new();
        builder.Host.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ServiceId));
            if (options.Redis is { Length: > 0 } redis)
                client.UseRedisClustering(clustering => clustering.ConfigurationOptions = ConfigurationOptions.Parse(redis));
            else
                client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, options.GatewayPort));
            client.Services.AddKnownInterfaces();
            client.UseConnectionRetryFilter(async (_, stopping) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), stopping);
                return true;
            });
        });
        return builder;
    }
}
