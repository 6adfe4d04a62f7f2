namespace ViCo.ToyboxWorld;

/// <summary>Signed distance of a point to the edge of a shape, in the object's units: below 0 is inside.</summary>
internal delegate float Outline(float x, float y);
