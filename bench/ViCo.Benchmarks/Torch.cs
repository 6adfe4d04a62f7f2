// The only torch usings of the benchmarks: `torch.nn.functional` is F, everything else by its own name.
global using TorchSharp;
global using TorchSharp.Modules;
global using static TorchSharp.torch;
global using static TorchSharp.torch.nn;
global using F = TorchSharp.torch.nn.functional;
