namespace ViCo.Options;

/// <summary>Kinds of mistakes.</summary>
public enum OptionFault
{
    /// <summary>The value is out of its range, or does not go with another.</summary>
    Value = 0,

    /// <summary>The value is of another kind, such as a text where a number is wanted.</summary>
    Kind = 1,

    /// <summary>There is no option of that name.</summary>
    Unknown = 2,

    /// <summary>A value is needed and not there.</summary>
    Missing = 3,
}
