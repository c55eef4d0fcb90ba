#version 300 es
// First pass of depth of field: halves the picture. Alpha becomes the largest circle of confusion
// [0, 1] of four pixels, and color their mean weighted by their circles, so that sharp pixels do
// not contribute to the blur. Formulas: docs/effects.md, "Depth of field".
precision highp float;

uniform sampler2D picture;  // rgb, disparity in alpha

out vec4 blurred;

#include "lib/focus.glsl"

void main() {
  ivec2 corner = 2 * ivec2(gl_FragCoord.xy);
  ivec2 last = textureSize(picture, 0) - 1;
  vec3 sum = vec3(0.0);
  float weight = 0.0;
  float most = 0.0;
  for (int i = 0; i < 4; i++) {
    vec4 texel = texelFetch(picture, min(corner + ivec2(i & 1, i >> 1), last), 0);
    float amount = outOfFocus(texel.a);
    sum += amount * texel.rgb;
    weight += amount;
    most = max(most, amount);
  }
  blurred = most > 0.0 ? vec4(sum / weight, most) : vec4(0.0);
}
