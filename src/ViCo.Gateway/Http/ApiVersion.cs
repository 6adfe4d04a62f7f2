namespace ViCo.Gateway.Http;

/// <summary>The version of the API, which every answer names.</summary>
/// <remarks>It rises with a change that a client can break on; what is only more does not raise it.</remarks>
internal static class ApiVersion
{
    public const string Number = "v1", Header = "ViCo-Api-Version";
}
