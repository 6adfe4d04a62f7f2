namespace ViCo.Engine.Methods.DreamBoothLora;

/// <summary>Which tensor of a low-rank pair.</summary>
internal enum LoraRole
{
    Down,
    Up,
    Alpha,
}
