namespace ViCo.Engine.Generation;

/// <summary>Whose cells look for S★.</summary>
public enum AttentionPath
{
    /// <summary>Those of a reference photo, clean: where the concept sees its object.</summary>
    Reference = 0,

    /// <summary>Those of the picture that is being drawn: where the object goes.</summary>
    Picture = 1,
}
