// The circle of confusion of a disparity, [0, 1], where 1 is the largest disk: a ramp over the
// depth (1 - disparity) from 0 at `focus.x` to 1 at `focus.y`, raised to the power `focus.z`.
// Formula: docs/effects.md, "Depth of field".
uniform vec3 focus;

float outOfFocus(float disparity) {
  return pow(clamp((1.0 - disparity - focus.x) / (focus.y - focus.x), 0.0, 1.0), focus.z);
}
