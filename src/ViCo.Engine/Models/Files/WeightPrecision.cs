namespace ViCo.Engine.Models.Files;

/// <summary>The number type of converted weights.</summary>
public enum WeightPrecision
{
    /// <summary>As stored.</summary>
    Same,

    /// <summary>float16.</summary>
    Half,

    /// <summary>float32.</summary>
    Single,
}
