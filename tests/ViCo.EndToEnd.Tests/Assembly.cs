// Every test here starts processes that want all the machine's cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
