using System.Security.Cryptography;
using System.Text;

namespace ViCo.Gateway.Idempotency;

/// <summary>The id of what a POST makes.</summary>
/// <remarks>Derived from tenant, route and <c>Idempotency-Key</c> where there is one, so that a repeat makes nothing new.</remarks>
internal readonly record struct CommandId(string Value)
{
    private const int Length = 24;                          // hex: 96 bits

    public static CommandId New() => new(RandomNumberGenerator.GetHexString(Length, lowercase: true));

    public static CommandId Derived(string scope) =>
        new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope)))[..Length]);

    /// <summary>Minimal APIs bind a handler's parameter of this type by this method.</summary>
    public static ValueTask<CommandId> BindAsync(HttpContext context) =>
        ValueTask.FromResult(context.Features.Get<IdempotentCall>()?.Id ?? New());

    public override string ToString() => Value;
}
