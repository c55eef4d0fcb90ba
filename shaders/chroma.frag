#version 300 es
// The U plane of the picture and over it the V plane: a byte for each block of 2x2 pixels, top row first. BYTES is set by
// the program: how many blocks of a row a texel takes.
precision highp float;

uniform sampler2D picture;  // filtered: a fetch in the middle of a block is its mean

out vec4 plane;

#include "lib/bt709.glsl"

float chromaAt(vec2 middle, vec2 size, bool isV) {
  vec3 mean = texture(picture, middle / size).rgb;
  return isV ? crByte(mean) : cbByte(mean);
}

void main() {
  vec2 size = vec2(textureSize(picture, 0));
  bool isV = 2.0 * gl_FragCoord.y > size.y;
  // In pixels. A texel's blocks begin at its left edge; rows are counted from the top, where the picture's run upwards.
  float left = 2.0 * float(BYTES) * floor(gl_FragCoord.x) + 1.0;
  float row = 2.0 * gl_FragCoord.y - (isV ? size.y : 0.0);
  vec2 middle = vec2(left, size.y - row);
#if BYTES == 4
  plane = vec4(
    chromaAt(middle, size, isV),
    chromaAt(middle + vec2(2.0, 0.0), size, isV),
    chromaAt(middle + vec2(4.0, 0.0), size, isV),
    chromaAt(middle + vec2(6.0, 0.0), size, isV)
  );
#else
  plane = vec4(chromaAt(middle, size, isV));
#endif
}
