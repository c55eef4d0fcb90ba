// How far out of focus a disparity is, [0, 1]: 0 at `focus.x`, 1 at `focus.y` (depths, 1 - disparity), to the power
// `focus.z` between them.
uniform vec3 focus;

float outOfFocus(float disparity) {
  return pow(clamp((1.0 - disparity - focus.x) / (focus.y - focus.x), 0.0, 1.0), focus.z);
}
