namespace ViCo.Engine.Checkpoints.Pickle;

internal enum PickleGlobalKind { Storage, RebuildTensor, RebuildParameter, OrderedDict, Set, Size, Module, Inert }
