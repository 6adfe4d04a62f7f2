using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Indexes;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Usage;

/// <summary>What a tenant uses.</summary>
internal static class UsageApi
{
    private const int AtOnce = 200;

    public static void MapUsage(this IEndpointRouteBuilder routes) => routes.MapRead("/usage", Get).WithTags("Usage")
            .Needs(Grants.UsageRead)
        .WithSummary("What the tenant's photos, checkpoints, pictures, previews and resume points take, in bytes.");

    private static async Task<Ok<UsageResponse>> Get(CurrentTenant tenant)
    {
        var (concepts, photosAndCheckpoints) = (0, 0L);
        for (string? cursor = null; ;)
        {
            var page = await tenant.Index(IndexKeys.Concepts(tenant.Id)).Read(new(AtOnce, cursor));
            foreach (var concept in page.Concepts)
            {
                concepts++;
                photosAndCheckpoints += concept.StoredBytes;
            }
            if ((cursor = page.Next) is null) break;
        }
        var made = await tenant.Index(IndexKeys.Jobs(tenant.Id)).GetStoredBytes();
        return TypedResults.Ok(new UsageResponse(concepts, photosAndCheckpoints + made));
    }
}

/// <param name="StoredBytes">As counted by what writes and deletes; logs and records are not counted.</param>
internal sealed record UsageResponse(int Concepts, long StoredBytes);
