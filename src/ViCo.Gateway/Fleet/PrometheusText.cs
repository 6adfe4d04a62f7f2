using System.Globalization;
using System.Text;

namespace ViCo.Gateway.Fleet;

/// <summary>Figures in Prometheus' text format, version 0.0.4.</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>What goes up and down.</summary>
    /// <param name="values">With their labels as they are written, or none. Never a tenant's or a person's.</param>
    public void Gauge(string name, string help, params (string Labels, double Value)[] values) => Add(name, help, "gauge", values);

    /// <summary>What only grows, until its process ends.</summary>
    public void Counter(string name, string help, long value) => Add(name, help, "counter", ("", value));

    public override string ToString() => _text.ToString();

    private void Add(string name, string help, string type, params (string Labels, double Value)[] values)
    {
        _text.Append($"# HELP {name} {help}\n# TYPE {name} {type}\n");
        foreach (var (labels, value) in values)
        {
            _text.Append(name);
            if (labels.Length > 0) _text.Append('{').Append(labels).Append('}');
            _text.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }
    }
}
