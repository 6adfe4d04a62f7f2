using System.Numerics;

namespace ViCo.ToyboxWorld;

/// <summary>What there is in the toybox's world: the objects, colours, patterns and places that its base model was trained on.</summary>
public static class World
{
    /// <summary>Side of a picture in pixels.</summary>
    public const int Side = 128;

    /// <summary>Classes of objects.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["teddy bear", "duck toy", "monster toy", "teapot", "backpack", "cat"];

    /// <summary>Names of colours.</summary>
    public static IReadOnlyList<string> Colours { get; } =
        ["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "black", "white", "gray"];

    /// <summary>Patterns of a surface.</summary>
    public static IReadOnlyList<string> Patterns { get; } = ["plain", "striped", "spotted", "checkered", "star", "heart"];

    /// <summary>Places, each with the words by which captions ask for it.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Places { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        ["beach"] = ["on the beach"], ["snow"] = ["in the snow"], ["jungle"] = ["in the jungle"],
        ["grass"] = ["on green grass", "on top of green grass"], ["sunflowers"] = ["on top of green grass with sunflowers around it"],
        ["wooden floor"] = ["on top of a wooden floor"], ["mountain"] = ["with a mountain in the background"],
        ["eiffel"] = ["with the Eiffel Tower in the background"], ["sunset"] = ["with a beautiful sunset"],
        ["galaxy"] = ["in a dream of a distant galaxy"], ["water"] = ["floating on top of water"],
        ["white rug"] = ["on top of a white rug"], ["pink fabric"] = ["on top of pink fabric"],
        ["city"] = ["with a city in the background"],
    };

    /// <summary>A backdrop of one colour: a place that no prompt asks for by a phrase.</summary>
    public const string Studio = "studio";

    /// <summary>
    /// Numbers of the classes in the larger world that this one is a part of: the choice of what is held out goes by them.
    /// </summary>
    private static readonly Dictionary<string, uint> _numbers = new()
    {
        ["duck toy"] = 2, ["monster toy"] = 3, ["teddy bear"] = 4, ["cat"] = 7, ["backpack"] = 11, ["teapot"] = 13,
    };

    private static readonly Vector3[] _rgb =
    [
        new(206, 42, 44), new(240, 132, 30), new(247, 206, 52), new(62, 158, 66), new(32, 160, 160), new(46, 96, 205), new(132, 62, 176),
        new(244, 132, 178), new(134, 84, 46), new(44, 44, 50), new(240, 240, 236), new(142, 146, 152),
    ];

    /// <summary>A colour as red, green and blue, 0 to 1.</summary>
    /// <exception cref="ArgumentException">There is no such colour.</exception>
    public static Vector3 Rgb(string colour) => _rgb[Index(Colours, colour)] / 255;

    /// <summary>
    /// Whether a combination was kept out of the base model's training, as one in eight was. Whatever is trained or tuned on
    /// renders leaves it out too.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such class, colour or pattern.</exception>
    public static bool IsHeldOut(string objectClass, string first, string second, string pattern)
    {
        if (!_numbers.TryGetValue(objectClass, out var number))
            throw new ArgumentException($"There is no class '{objectClass}'; there are: {string.Join(", ", Classes)}.");
        unchecked
        {
            var hash = (number * 7919) + ((uint)Index(Colours, first) * 104729) + ((uint)Index(Colours, second) * 1299709)
                + ((uint)Index(Patterns, pattern) * 15485863);
            hash = (hash ^ (hash >> 13)) * 0x5bd1e995;
            return (hash ^ (hash >> 15)) % 8 == 0;
        }
    }

    private static int Index(IReadOnlyList<string> list, string name)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] == name) return i;
        }
        throw new ArgumentException($"There is no '{name}'; there are: {string.Join(", ", list)}.");
    }
}
