#version 300 es
// The U plane of the picture and over it the V plane: one byte for each block of 2x2 pixels, top row first.
precision highp float;

uniform sampler2D picture;  // filtered: a fetch in the middle of a block is its mean

out vec4 plane;

#include "lib/bt709.glsl"

void main() {
  vec2 size = vec2(textureSize(picture, 0));
  bool isV = 2.0 * gl_FragCoord.y > size.y;
  // In pixels from the top, where the picture's rows run upwards.
  vec2 at = 2.0 * gl_FragCoord.xy - vec2(0.0, isV ? size.y : 0.0);
  vec3 mean = texture(picture, vec2(at.x, size.y - at.y) / size).rgb;
  plane = vec4(isV ? crByte(mean) : cbByte(mean), 0.0, 0.0, 0.0);
}
