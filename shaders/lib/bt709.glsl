// R'G'B' in [0, 1] to Y'CbCr bytes / 255, BT.709 matrix, limited range (ITU-R BT.709-6, items 3.2 to 3.5).
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
