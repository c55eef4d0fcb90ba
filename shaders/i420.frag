#version 300 es
// Packs the scene into I420 bytes, four a texel: reading the target's rows in order gives planes Y, U, V without padding.
precision highp float;
precision highp int;

uniform highp sampler2D scene;
uniform ivec2 size;        // of the frame in pixels, both even
uniform int targetWidth;   // texels a row

out vec4 bytes;

#include "lib/bt709.glsl"

// Pixel by column and row from the top; the scene's rows run upwards.
vec3 pixel(int column, int row) {
  return texelFetch(scene, ivec2(column, size.y - 1 - row), 0).rgb;
}

vec3 block(int column, int row) {
  return 0.25 * (pixel(column, row) + pixel(column + 1, row) + pixel(column, row + 1) + pixel(column + 1, row + 1));
}

float byteAt(int index) {
  int lumaBytes = size.x * size.y;
  if (index < lumaBytes) {
    int row = index / size.x;
    return lumaByte(pixel(index - row * size.x, row));
  }
  int chromaBytes = lumaBytes / 4;
  bool isV = index >= lumaBytes + chromaBytes;
  int at = index - lumaBytes - (isV ? chromaBytes : 0);
  if (at >= chromaBytes) return 0.0;
  int halfWidth = size.x / 2;
  int row = at / halfWidth;
  vec3 mean = block(2 * (at - row * halfWidth), 2 * row);
  return isV ? crByte(mean) : cbByte(mean);
}

void main() {
  ivec2 texel = ivec2(gl_FragCoord.xy);
  int first = 4 * (texel.y * targetWidth + texel.x);
  bytes = vec4(byteAt(first), byteAt(first + 1), byteAt(first + 2), byteAt(first + 3));
}
