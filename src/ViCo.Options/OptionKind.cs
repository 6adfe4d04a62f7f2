namespace ViCo.Options;

/// <summary>What values an option takes.</summary>
public enum OptionKind
{
    /// <summary>A whole number within a range.</summary>
    Integer = 0,

    /// <summary>A finite number within a range.</summary>
    Number = 1,

    /// <summary>Yes or no.</summary>
    Switch = 2,

    /// <summary>One of a few words.</summary>
    Choice = 3,

    /// <summary>At least one whole number, each within a range and none twice.</summary>
    IntegerList = 4,

    /// <summary>Any text up to a length.</summary>
    Text = 5,

    /// <summary>Texts, up to a number of them.</summary>
    TextList = 6,
}
