namespace ViCo.Engine.Tests.Devices;

public sealed class ComputeDeviceTests
{
    [Theory]
    [InlineData("gpu", "Device is 'gpu'; wanted cpu, or cuda:0 and so on.")]
    [InlineData("cuda:x", "Device is 'cuda:x'; wanted cpu, or cuda:0 and so on.")]
    [InlineData("cuda:99", "Device is 'cuda:99', but libtorch sees")]
    public void A_device_that_is_not_there_is_named(string name, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => ComputeDevice.Of(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_cpu_can_be_asked_for_and_is_called_so()
    {
        Assert.Equal(DeviceType.CPU, ComputeDevice.Of("cpu").type);
        Assert.Equal("cpu", ComputeDevice.NameOf(ComputeDevice.Of("cpu")));
    }
}
