#version 300 es
// Half a sphere seen from its middle, equirectangular: columns are longitudes, rows latitudes, both
// from -90° to 90°. The flat view hangs in front, behind a window whose edge fades to black.
// Formulas: docs/stereo.md, "VR180".
precision highp float;

uniform sampler2D view;      // the view of one eye
uniform vec4 square;         // where the half sphere is in the frame: x, y, and its side twice
uniform vec2 halfExtent;     // half the sides of the view at distance 1
uniform vec2 window;         // x at distance 1 where the window begins and ends
uniform float fade;          // width of its edge, in radians

out vec4 color;

const float PI = 3.14159265359;

// Color of the view in a direction, times how much of it is left at its edge.
vec3 seenAt(vec2 angles) {
  vec2 cosine = cos(angles);
  float ahead = cosine.x * cosine.y;
  if (ahead < 1e-4) return vec3(0.0);
  vec2 point = vec2(sin(angles.x) * cosine.y, sin(angles.y)) / ahead;
  float toSide = min(atan(point.x) - atan(window.x), atan(window.y) - atan(point.x));
  float toEnd = atan(halfExtent.y) - atan(abs(point.y));
  vec2 inside = vec2(toSide, toEnd) / fade;
  if (min(inside.x, inside.y) <= 0.0) return vec3(0.0);
  vec2 left = smoothstep(0.0, 1.0, inside);
  return left.x * left.y * texture(view, 0.5 + 0.5 * point / halfExtent).rgb;
}

void main() {
  vec2 pixel = gl_FragCoord.xy - square.xy;
  vec3 sum = vec3(0.0);
  // Four samples: towards the edges of the view a pixel covers several of its texels.
  for (int i = 0; i < 4; i++) {
    vec2 at = pixel + 0.5 * vec2(float(i & 1), float(i >> 1)) - 0.25;
    sum += seenAt(PI * (at / square.zw - 0.5));
  }
  color = vec4(0.25 * sum, 1.0);
}
