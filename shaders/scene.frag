#version 300 es
// Color of a surface where the ray of this pixel meets it. The rasterizer gives the point on the
// mesh's triangle; refinement moves it along the ray to the map itself. The program defines
// REFINEMENT: 0 none, 1 a fixed-point step, 2 a secant step after that, 3 a search down the ray
// from a triangle that is above the map. It defines MIRROR: 0 where the photo ends in black; else
// it continues mirrored beyond its edges, 1 in the copies next to it, 2 at any distance. It defines
// SURFACE: 0 an opaque one, whose alpha means nothing; 1 the same with its disparity in alpha; 2 a
// soft one, whose alpha is its coverage, to be blended; 3 only the disparity of a soft one, where
// it covers more than half. It defines CUTOUT: 1 where only the foreground is drawn, as
// premultiplied colors. See docs/rendering.md.
precision highp float;

in vec2 photoPoint;   // texture coordinates of the triangle's point in the photo, row 0 at the top
in float disparity;   // of the triangle's point, [0, 1]

// The colors of the surface; alpha is the coverage of a soft one. The texture repeats mirrored
// where a point is refined, because it may lie in another copy of the photo than its triangle.
uniform sampler2D photo;

out vec4 color;

#if CUTOUT == 1
uniform vec2 cutout;  // disparity at which the foreground begins to show, and from which it is whole
#endif

#if REFINEMENT > 0
uniform highp sampler2D disparityMap;
// How far photoPoint moves per unit of disparity: xy at pixel (0, 0), zw the change per pixel. From
// `pixelRays` of core/scene/camera.ts.
uniform vec4 raySlope;

// The point of the photo that is seen at a point of it or of a copy next to it. Software GL takes
// less time for this than to repeat a texture mirrored.
vec2 mirrored(vec2 point) {
  return 1.0 - abs(1.0 - abs(point));
}

// Disparity of the map minus disparity of the ray, at `rise` of disparity above the triangle's
// point.
float overRay(vec2 slope, float rise) {
  return texture(disparityMap, mirrored(photoPoint + rise * slope)).r - disparity - rise;
}
#endif

#if REFINEMENT == 1
// The rise from the triangle's point to the map, by one fixed-point step.
float refinedRise(vec2 slope) {
  return overRay(slope, 0.0);
}
#elif REFINEMENT == 2
// The rise by a secant step. Where the fixed-point step comes no closer, the map has a kink and the
// triangle's point is kept.
float refinedRise(vec2 slope) {
  float first = overRay(slope, 0.0);
  float second = overRay(slope, first);
  return abs(second) < abs(first) ? first + second * first / (first - second) : 0.0;
}
#elif REFINEMENT == 3
// Disparity that a ray loses while it crosses a texel or two of the map.
uniform float longestStep;

// More steps than any ray of the largest map needs, and too many for a driver to unroll the loop:
// an unrolled loop could not end early.
const int MAX_STEPS = 8192;
// Fractions of the longest step: how far below the ray the map may be at the end, and the least
// step.
const float CLOSE = 0.03;
const float LEAST_STEP = 0.15;

// The rise (negative) by a search down the ray. Each step is as long as the map is below the ray,
// but at most a texel or two, so that thin edges are rarely skipped. The result is where the ray
// meets the line through the last two points.
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
  // The map is below the ray, or at it, at both points, and at `to` by less.
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
#if MIRROR == 2
  point = 1.0 - abs(1.0 - mod(point, 2.0));
#endif
  vec4 texel = texture(photo, point);
#if MIRROR == 0
  texel.rgb *= float(clamp(point, 0.0, 1.0) == point);
#endif
#if CUTOUT == 1
  texel.rgb *= smoothstep(cutout.x, cutout.y, disparity + rise);
#endif
#if SURFACE == 3
  if (texel.a < 0.5) discard;
#endif
#if SURFACE == 0 || SURFACE == 2
  color = texel;
#else
  color = vec4(texel.rgb, disparity + rise);
#endif
}
