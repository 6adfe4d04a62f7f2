using System.Diagnostics;

namespace ViCo.Engine;

/// <summary>What libtorch makes of this machine: version, devices, and how quickly each multiplies matrices.</summary>
public static class DeviceProbe
{
    /// <summary>Multiplies square matrices on a lane of its own; takes a few seconds and a few hundred MB.</summary>
    /// <param name="threads">Threads on the CPU, 1 or more.</param>
    /// <param name="size">Rows of the square matrices; 2048 and more keep every core busy.</param>
    /// <exception cref="DllNotFoundException">libtorch does not load.</exception>
    public static async Task<DeviceReport> MeasureAsync(int threads, int size, CancellationToken cancellationToken = default)
    {
        await using var lane = new GpuLane("device probe", threads, niceness: 0);
        return await lane.RunAsync(
            () =>
            {
                using var gradless = no_grad();
                var devices = new List<DeviceRate> { Measure(CPU, "cpu", threads, size, cancellationToken) };
                if (threads > 1)
                {
                    // One thread alone tells a slow kernel from cores that others use.
                    set_num_threads(1);
                    devices.Add(Measure(CPU, "cpu, one thread", 1, size, cancellationToken));
                    set_num_threads(threads);
                }

                if (cuda.is_available())
                {
                    for (var i = 0; i < cuda.device_count(); i++)
                    {
                        var gpu = new Device(DeviceType.CUDA, i);
                        devices.Add(Measure(gpu, ComputeDevice.NameOf(gpu), 0, 4 * size, cancellationToken));
                    }
                }

                return new DeviceReport(__version__, threads, devices);
            },
            cancellationToken);
    }

    private static DeviceRate Measure(Device device, string name, int threads, int size, CancellationToken cancellationToken)
    {
        var (rate32, _) = LargestProduct(device, ScalarType.Float32, size, cancellationToken);
        var (rate16, rows16) = LargestProduct(device, ScalarType.BFloat16, size, cancellationToken);
        return new(name, threads, rate32, rate16, rows16, Convolution(device, cancellationToken));
    }

    /// <summary>The rate of the largest product up to <paramref name="size"/> that takes less than a second.</summary>
    /// <remarks>
    /// Where the processor has no instructions for a type, libtorch falls back to a plain loop, in which 2048 rows take minutes.
    /// </remarks>
    private static (double Rate, int Rows) LargestProduct(Device device, ScalarType dtype, int size, CancellationToken cancellationToken)
    {
        const int smallest = 128;
        for (var rows = Math.Min(smallest, size); ; rows = Math.Min(2 * rows, size))
        {
            var rate = Product(device, dtype, rows, cancellationToken);
            var next = Math.Min(2.0 * rows, size);
            if (rows == size || 2 * next * next * next / (rate * 1e9) > 1) return (rate, rows);
        }
    }

    private static double Product(Device device, ScalarType dtype, int size, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var a = NewTensor.Normal([size, size], generator, device).to(dtype);
        var b = NewTensor.Normal([size, size], generator, device).to(dtype);
        return 2.0 * size * size * size / Best(() => a.mm(b), device, cancellationToken) / 1e9;
    }

    /// <summary>A 3 × 3 convolution as U-Nets are made of: [4, 256, 64, 64] → the same.</summary>
    private static double Convolution(Device device, CancellationToken cancellationToken)
    {
        const long batch = 4, channels = 256, side = 64, kernel = 3;
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var input = NewTensor.Normal([batch, channels, side, side], generator, device);
        var weight = NewTensor.Normal([channels, channels, kernel, kernel], generator, device);
        var operations = 2.0 * batch * side * side * channels * channels * kernel * kernel;
        return operations / Best(() => F.conv2d(input, weight, padding: [1, 1]), device, cancellationToken) / 1e9;
    }

    /// <summary>Seconds of the quickest of several: whatever else runs on the machine only ever makes one slower.</summary>
    private static double Best(Func<Tensor> work, Device device, CancellationToken cancellationToken)
    {
        const double enough = 3;
        var best = double.MaxValue;
        var start = Stopwatch.GetTimestamp();
        for (var round = 0; round < 2 || (round < 9 && Stopwatch.GetElapsedTime(start).TotalSeconds < enough); round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var began = Stopwatch.GetTimestamp();
            work().Dispose();
            if (device.type == DeviceType.CUDA) cuda.synchronize(device);
            // The first call packs weights, compiles kernels and starts the worker threads.
            if (round > 0) best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return best;
    }
}
