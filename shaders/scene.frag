#version 300 es
// The photo's color where the ray of this pixel meets the lifted photo, and the disparity there as alpha. REFINEMENT is
// set by the program and says how the triangle's point becomes the map's: 0 not at all, 1 by a fixed-point step, 2 by a
// secant step after it, 3 by a search from a triangle that lies above the map. MIRROR is 0 where the photo ends black.
precision highp float;

in vec2 photoPoint;
in float disparity;

uniform sampler2D photo;

out vec4 color;

#if REFINEMENT > 0
uniform highp sampler2D disparityMap;
uniform vec4 raySlope;  // what a disparity of 1 adds to the photo point: at pixel (0, 0), and its step a pixel

// The map's height over the ray, `rise` above the triangle's point.
float overRay(vec2 slope, float rise) {
  return texture(disparityMap, photoPoint + rise * slope).r - disparity - rise;
}
#endif

#if REFINEMENT == 1
float refinedRise(vec2 slope) {
  return overRay(slope, 0.0);
}
#elif REFINEMENT == 2
// Where the first step does not come closer the map has a kink there, and the triangle's point is kept.
float refinedRise(vec2 slope) {
  float first = overRay(slope, 0.0);
  float second = overRay(slope, first);
  return abs(second) < abs(first) ? first + second * first / (first - second) : 0.0;
}
#elif REFINEMENT == 3
uniform float longestStep;  // what a ray falls while it crosses a texel or two of the map

// More than any ray of the largest map needs, and too long for a driver to unroll: unrolled a loop has no way out.
const int MAX_STEPS = 8192;
const float CLOSE = 0.03;  // of the longest step
const float LEAST_STEP = 0.15;

// Down the ray, a texel or two at a time so that hardly an edge is jumped, and no farther than the map is below; then the
// point between the last two where the ray meets the line through them.
float refinedRise(vec2 slope) {
  float leastStep = LEAST_STEP * longestStep;
  float outside = overRay(slope, 0.0);
  float from = 0.0;
  float to = -clamp(-outside, leastStep, longestStep);
  float there = overRay(slope, to);
  for (int i = 0; i < MAX_STEPS && there < -CLOSE * longestStep; i++) {
    from = to;
    outside = there;
    to -= clamp(-there, leastStep, longestStep);
    there = overRay(slope, to);
  }
  // Both are below the ray or at it, `there` the less.
  return mix(from, to, clamp(outside / min(outside - there, -1e-6), 0.0, 1.0));
}
#endif

void main() {
  vec2 point = photoPoint;
  float rise = 0.0;
#if REFINEMENT > 0
  vec2 slope = raySlope.xy + raySlope.zw * gl_FragCoord.xy;
  rise = refinedRise(slope);
  point += rise * slope;
#endif
  vec3 rgb = texture(photo, point).rgb;
#if MIRROR == 0
  rgb *= float(clamp(point, 0.0, 1.0) == point);
#endif
  color = vec4(rgb, disparity + rise);
}
