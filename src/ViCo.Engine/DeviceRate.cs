namespace ViCo.Engine;

/// <summary>Billions of operations a second of one device; a multiplication and an addition count as two.</summary>
/// <param name="Name"><c>cpu</c>, <c>cpu, one thread</c> or <c>cuda:0</c>.</param>
/// <param name="Threads">Threads on a CPU; 0 for an accelerator.</param>
/// <param name="GigaFlops32">A float32 matrix product.</param>
/// <param name="GigaFlops16">A bfloat16 matrix product.</param>
/// <param name="Rows16">Rows of that product: fewer than asked where this machine would have needed too long.</param>
/// <param name="GigaFlopsConvolution">A float32 3 × 3 convolution.</param>
public sealed record DeviceRate(string Name, int Threads, double GigaFlops32, double GigaFlops16, int Rows16, double GigaFlopsConvolution);
