#version 300 es
// Converts a picture to the chroma planes of I420 (BT.709, limited range): the U plane, and after
// it the V plane, one byte per block of 2x2 pixels, top row first. The program defines BYTES: how
// many blocks of a row one texel of the target holds, 1 or 4.
precision highp float;

uniform sampler2D picture;  // linear filtering: a fetch in the middle of a block is its mean

out vec4 plane;

#include "lib/bt709.glsl"

// The chroma byte / 255 of the block whose middle is given in pixels.
float chromaAt(vec2 middle, vec2 size, bool isV) {
  vec3 mean = texture(picture, middle / size).rgb;
  return isV ? crByte(mean) : cbByte(mean);
}

void main() {
  vec2 size = vec2(textureSize(picture, 0));
  bool isV = 2.0 * gl_FragCoord.y > size.y;
  // The middle of the texel's first block, in pixels. The planes' rows are counted from the top,
  // the picture's from the bottom.
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
