using System.Runtime.InteropServices;

namespace ViCo.Engine;

/// <summary>
/// The device has too little memory for a job, however it is cut; the message says what would help. The same job fails again.
/// </summary>
public sealed class DeviceMemoryException(string message, Exception inner) : Exception(message, inner)
{
    private static readonly string[] _signs =
        ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc", "could not create a memory"];

    /// <summary>Whether an error says that memory ran out: libtorch's allocators say so in words.</summary>
    internal static bool IsSignOf(Exception error) => error is OutOfMemoryException
        || (error is ExternalException && _signs.Any(sign => error.Message.Contains(sign, StringComparison.OrdinalIgnoreCase)));
}
