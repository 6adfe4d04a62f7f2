using System.Text.Json.Serialization.Metadata;
using ViCo.Grains.Jobs;

namespace ViCo.Gateway;

/// <summary>Adds to what the grains tell of pictures where the gateway serves them; grains know no routes.</summary>
internal static class PictureAddresses
{
    public static void Add(JsonTypeInfo type)
    {
        if (type.Type == typeof(JobView))
            Add<IReadOnlyList<string>>(type, "imageUrls", job => [.. ((JobView)job).Images.Select(Of)]);
        else if (type.Type == typeof(ImageDrawn))
            Add<string>(type, "url", drawn => Of(((ImageDrawn)drawn).ImageId));
    }

    public static string Of(string imageId) => $"/images/{imageId}";

    private static void Add<T>(JsonTypeInfo type, string name, Func<object, T> read)
    {
        var property = type.CreateJsonPropertyInfo(typeof(T), name);
        property.Get = target => read(target);
        type.Properties.Add(property);
    }
}
