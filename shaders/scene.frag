#version 300 es
// The photo's color where the ray of this pixel meets the lifted photo. REFINE_STEPS is set by the program: 0 takes the
// triangle's point, 1 adds a fixed-point step on the disparity map, 2 a secant step after it.
precision highp float;

in vec2 photoPoint;
in float disparity;

uniform sampler2D photo;

out vec4 color;  // rgb, and the disparity of what is seen

#if REFINE_STEPS > 0
uniform highp sampler2D disparityMap;
uniform vec4 rayBase;   // at pixel (0, 0), and its step a pixel
uniform vec4 raySlope;  // the same for what a disparity of 1 adds

// Farther from the triangle than this the map has an edge that the ray may not cross: the triangle's point is kept.
const float GUARD = 0.04;

vec2 refinedPoint() {
  vec2 base = rayBase.xy + rayBase.zw * gl_FragCoord.xy;
  vec2 slope = raySlope.xy + raySlope.zw * gl_FragCoord.xy;
  float d = disparity;
  float residual = texture(disparityMap, base + d * slope).r - d;
  if (abs(residual) > GUARD) return photoPoint;
  float next = d + residual;
#if REFINE_STEPS > 1
  float nextResidual = texture(disparityMap, base + next * slope).r - next;
  if (abs(nextResidual) < abs(residual)) next += nextResidual * residual / (residual - nextResidual);
#endif
  return base + next * slope;
}
#endif

void main() {
#if REFINE_STEPS > 0
  color = vec4(texture(photo, refinedPoint()).rgb, disparity);
#else
  color = vec4(texture(photo, photoPoint).rgb, disparity);
#endif
}
