#version 300 es
// Red-cyan anaglyph of two views: each is mixed by a matrix in linear light, and the sum is clipped
// to what a screen shows. The matrices come from core/scene/stereo/anaglyph.ts.
precision highp float;

uniform sampler2D redEye;   // the view of the eye behind the red filter, sRGB
uniform sampler2D cyanEye;  // of the eye behind the cyan filter
uniform mat3 redMatrix;
uniform mat3 cyanMatrix;

out vec4 color;

#include "lib/srgb.glsl"

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  vec3 red = toLinear(texelFetch(redEye, pixel, 0).rgb);
  vec3 cyan = toLinear(texelFetch(cyanEye, pixel, 0).rgb);
  color = vec4(toSrgb(clamp(redMatrix * red + cyanMatrix * cyan, 0.0, 1.0)), 1.0);
}
