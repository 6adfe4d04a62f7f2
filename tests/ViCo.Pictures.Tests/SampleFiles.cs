namespace ViCo.Pictures.Tests;

/// <summary>Small files of the kinds that our own encoders do not write, made once with Pillow 9.4.</summary>
internal static class SampleFiles
{
    /// <summary>96 × 64 px, pixel (x, y) = (x / 16 × 40, y / 16 × 60, 200), lossless.</summary>
    public static byte[] LosslessWebP => Convert.FromBase64String(
        "UklGRkwAAABXRUJQVlA4TD8AAAAvX8APABmAIAb8D5uI6H9qAxCE/20TEf1PQVHbNlCAlT+17npW06AMcpBJ2zQG9s0DgkMHdqQ1ca+H/XfCHwAA");

    /// <summary>The same picture, lossy.</summary>
    public static byte[] LossyWebP => Convert.FromBase64String(
        "UklGRswAAABXRUJQVlA4IMAAAABQCACdASpgAEAAPjEYiEMiIaEStvwgAwSghwDIDNm/EH4ASXvdfu+QPwD8XeeN1T7tZn4BInLKzJzrgYmPlGzzP0dPVYsWzt7u+4AA"
        + "/t7Rv/9lQbKg2VBsqD/vp9nEGeM6C0Lus4L6fzcq96adxSRwdGdF/4xdZoAkVO2bN28hsAupqFEKqP7WUpTvjIZhF6dbqN3qSf0+nN6hbThKULOy6LhJ7+DVo2xSdapG"
        + "NaZ7zWCzmyIJ8iYMvBrIDU6mgAA=");

    /// <summary>64 × 64 px of (200, 0, 0) at alpha 128.</summary>
    public static byte[] TranslucentWebP => Convert.FromBase64String("UklGRiIAAABXRUJQVlA4TBUAAAAvP8APEAcQRY4CBoCE8P+9FtH/1A8A");

    /// <summary>Two frames.</summary>
    public static byte[] AnimatedWebP => Convert.FromBase64String(
        "UklGRv4AAABXRUJQVlA4WAoAAAACAAAAPwAAPwAAQU5JTQYAAAAAAAAAAABBTk1GagAAAAAAAAAAAD8AAD8AAGQAAAJWUDggUgAAALAEAJ0BKkAAQAA+bTaZSSQjIqEi"
        + "CACADYlpBigAmQH4AAiBktlWJj2n15tXQAAA/vCbQ//+QXLC65Gv//yA/5Af8gP/5AflTZnMXkaKqgnwgABBTk1GYAAAAAAAAAAAAD8AAD8AAGQAAABWUDggSAAAANQD"
        + "AJ0BKkAAQAA+bTKSSQIgAADYlpBigAmQAH8a7wgaXCU6mLaPgAD++R3b//5Af/5Af/5Af/yA//4hd7Ic/B3ab9u+3IAAAA==");

    /// <summary>64 × 64 px, 8-bit grey: row y is about 4 y.</summary>
    public static byte[] GreyPng => Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAANElEQVR4nO3MMREAIAwEMArFv2Lu6oDl10RAaq9MnzS4adACgUAgEAgEAoFAIBAIfuqFwQB9LgLyZu6q"
        + "SwAAAABJRU5ErkJggg==");

    /// <summary>64 × 64 px, progressive.</summary>
    public static byte[] ProgressiveJpeg => Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/2wBDAQcH"
        + "BwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wgARCABAAEADASIAAhEBAxEB/8QAGgABAAIDAQAAAAAA"
        + "AAAAAAAAAwABAgQFB//EABcBAQEBAQAAAAAAAAAAAAAAAAMFBgf/2gAMAwEAAhADEAAAAfOUibcM2xYaFtTDRyWlKjw12FfAAzsNAGdhpCmwpUOGmyi8+FmYaAszDSFd"
        + "hSocNMkbAW0YqEaMNGLajR//xAAZEAEBAQEBAQAAAAAAAAAAAAABAAISERD/2gAIAQEAAQUCiIiI+eQQQQQQXlzGYzGYzGYzc3MZjMZjMZjNzcxmMxmMxmM3NzGYzGYz"
        + "GYzc3kEEEEEF58IiIj5//8QAGBEBAQEBAQAAAAAAAAAAAAAAAwACASH/2gAIAQMBAT8Bx32LsXY+2E9iSJI0sJ7EkSRpY17FqLUer//EABYRAQEBAAAAAAAAAAAAAAAA"
        + "AAEAAv/aAAgBAgEBPwFZZZZ3O53O53O53O5ZZZb/xAAUEAEAAAAAAAAAAAAAAAAAAABg/9oACAEBAAY/AgH/xAAYEAEBAQEBAAAAAAAAAAAAAAABADARIP/aAAgBAQAB"
        + "PyH3CYdVzC1XMKAIwIAjB1XMPVcvIwhCEYL/2gAMAwEAAgADAAAAEHA8zaMcnUDzoXgQb//EABgRAQEAAwAAAAAAAAAAAAAAAAABESAh/9oACAEDAQE/EJkUUcaZeOmX"
        + "isUUUw//xAAZEQEBAAMBAAAAAAAAAAAAAAAAARARISD/2gAIAQIBAT8QhpJNJxz/AHcfH9dLrrv/xAAbEAEBAAMBAQEAAAAAAAAAAAAAYQEhMSBRQf/aAAgBAQABPxDD"
        + "8e/Mb8RTTTTZfiLG/EEkkkkEGNuIJJJJIIMbIJJJJINHGNuIJJJJIIMb8YfiaaaaLTxjb2VRof/Z");
}
