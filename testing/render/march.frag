#version 300 es
// The reference that the renderer is measured against: marches each pixel's ray through the height
// field in fixed steps, by the formulas of docs/camera.md. PROBES steps go down from d = 1 until
// the ray is inside; then either BACK_STEP steps go back until it is outside, or BISECTIONS
// halvings converge.
precision highp float;

uniform highp sampler2D disparityMap;
uniform sampler2D photo;
uniform vec4 rayBase;   // at pixel (0, 0), and its step a pixel
uniform vec4 raySlope;  // the same for what a disparity of 1 adds

out vec4 color;

void main() {
  vec2 base = rayBase.xy + rayBase.zw * gl_FragCoord.xy;
  vec2 slope = raySlope.xy + raySlope.zw * gl_FragCoord.xy;
  float coarse = 1.0 / float(PROBES);
  float inside = 0.0;
  for (int i = 0; i <= PROBES; i++) {
    float d = 1.0 - float(i) * coarse;
    if (texture(disparityMap, base + d * slope).r >= d) {
      inside = d;
      break;
    }
  }
#if BISECTIONS > 0
  float outside = min(1.0, inside + coarse);
  for (int i = 0; i < BISECTIONS; i++) {
    float middle = 0.5 * (inside + outside);
    if (texture(disparityMap, base + middle * slope).r >= middle) inside = middle;
    else outside = middle;
  }
#else
  float back = 1.0 / float(BACK_STEPS);
  for (int i = 0; i < BACK_STEPS / PROBES + 1; i++) {
    float d = inside + back;
    if (texture(disparityMap, base + d * slope).r < d) break;
    inside = d;
  }
#endif
  color = vec4(texture(photo, base + inside * slope).rgb, 1.0);
}
