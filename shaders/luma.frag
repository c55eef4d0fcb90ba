#version 300 es
// The Y plane of the picture: one byte a pixel, top row first.
precision highp float;

uniform sampler2D picture;

out vec4 plane;

#include "lib/bt709.glsl"

void main() {
  // The picture's rows run upwards.
  int top = textureSize(picture, 0).y - 1;
  ivec2 at = ivec2(gl_FragCoord.xy);
  plane = vec4(lumaByte(texelFetch(picture, ivec2(at.x, top - at.y), 0).rgb), 0.0, 0.0, 0.0);
}
