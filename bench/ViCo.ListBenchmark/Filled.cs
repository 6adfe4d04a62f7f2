namespace ViCo.ListBenchmark;

internal sealed record Filled(string Tenant, string Key, int Jobs, int Pictures, string LastJob, TimeSpan Took);
