// Conversion of R'G'B' in [0, 1] to Y'CbCr with the BT.709 matrix in limited range (ITU-R BT.709-6,
// items 3.2 to 3.5). Results are 8-bit values / 255, as a normalized target stores them.
const vec3 LUMA = vec3(0.2126, 0.7152, 0.0722);

float lumaByte(vec3 rgb) {
  return (16.0 + 219.0 * dot(LUMA, rgb)) / 255.0;
}

float cbByte(vec3 rgb) {
  return (128.0 + 224.0 * (rgb.b - dot(LUMA, rgb)) / 1.8556) / 255.0;
}

float crByte(vec3 rgb) {
  return (128.0 + 224.0 * (rgb.r - dot(LUMA, rgb)) / 1.5748) / 255.0;
}
