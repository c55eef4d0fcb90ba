#version 300 es
// Halves the picture for blurring: alpha becomes how far out of focus the farthest of four pixels is, and color their mean
// weighted by the same, so that what is sharp gives nothing to the blur.
precision highp float;

uniform sampler2D picture;

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
