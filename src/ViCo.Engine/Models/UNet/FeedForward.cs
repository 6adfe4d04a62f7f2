namespace ViCo.Engine.Models.UNet;

/// <summary>Linear d → 4d gated by GELU, then 4d → d. Shazeer 2020 (GEGLU).</summary>
/// <remarks>[B, N, d] → [B, N, d]. Dropout is 0 and has no parameters; its place in <c>net</c> keeps the files' numbering.</remarks>
internal sealed class FeedForward : Module<Tensor, Tensor>
{
    private readonly GEGLU _gate;
    private readonly Projection _down;
    private readonly ModuleList<Module> net;

    public FeedForward(long dim, Device? device = null)
        : base(nameof(FeedForward))
    {
        _gate = new GEGLU(dim, 4 * dim, device);
        _down = new Projection(4 * dim, dim, device: device);
        net = new(_gate, Identity(), _down);
        register_module(nameof(net), net);
    }

    // Only `net` is a component: the two named fields are its members.
    protected override void RegisterComponents()
    {
    }

    public override Tensor forward(Tensor tokens) => Run(tokens, null);

    /// <summary>As <c>forward</c>, with the guests that a pass has here.</summary>
    public Tensor Run(Tensor tokens, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        return _down.Project(_gate.Run(tokens, pass), pass).MoveToOuterDisposeScope();
    }
}

/// <summary>x · GELU(gate), both halves of one projection; GELU is the exact one (erf).</summary>
internal sealed class GEGLU : Module<Tensor, Tensor>
{
    private readonly Projection proj;

    public GEGLU(long dim, long inner, Device? device)
        : base(nameof(GEGLU))
    {
        proj = new Projection(dim, 2 * inner, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens) => Run(tokens, null);

    /// <summary>As <c>forward</c>, with the guests that a pass has here.</summary>
    public Tensor Run(Tensor tokens, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        return Activation.GatedGelu(proj.Project(tokens, pass)).MoveToOuterDisposeScope();
    }
}
