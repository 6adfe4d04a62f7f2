namespace ViCo.Cli.Doctor;

internal enum FindingMark
{
    Good,
    Note,
    Missing,
}
