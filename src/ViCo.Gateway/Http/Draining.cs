namespace ViCo.Gateway.Http;

/// <summary>A gateway that stops cuts off what has not ended after a moment, so that it is gone well within its grace.</summary>
internal static class Draining
{
    // Streams end by themselves before.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);

    // Within what docker (10 s) and Kubernetes (30 s) give, and what 'vico up' gives its host.
    private static readonly TimeSpan _shutdown = TimeSpan.FromSeconds(9);

    public static void AddViCoDraining(this IServiceCollection services) =>
        services.Configure<HostOptions>(host => host.ShutdownTimeout = _shutdown);

    public static void UseDraining(this WebApplication app) => app.Use(async (context, next) =>
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        await using var stopping = app.Lifetime.ApplicationStopping.Register(() => until.CancelAfter(_patience));
        context.RequestAborted = until.Token;
        await next(context);
    });
}
