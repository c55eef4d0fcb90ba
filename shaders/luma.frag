#version 300 es
// Converts a picture to the luma plane of I420 (BT.709, limited range), top row first. The program
// defines BYTES: how many pixels of a row one texel of the target holds, 1 or 4.
precision highp float;

uniform sampler2D picture;

out vec4 plane;

#include "lib/bt709.glsl"

float lumaAt(ivec2 pixel) {
  return lumaByte(texelFetch(picture, pixel, 0).rgb);
}

void main() {
  // The plane's rows are counted from the top, the picture's from the bottom.
  int top = textureSize(picture, 0).y - 1;
  ivec2 texel = ivec2(gl_FragCoord.xy);
  ivec2 first = ivec2(BYTES * texel.x, top - texel.y);
#if BYTES == 4
  plane = vec4(
    lumaAt(first),
    lumaAt(first + ivec2(1, 0)),
    lumaAt(first + ivec2(2, 0)),
    lumaAt(first + ivec2(3, 0))
  );
#else
  plane = vec4(lumaAt(first));
#endif
}
