#version 300 es
// Averages FACTOR × FACTOR pixels into one: color and disparity alike.
precision highp float;

uniform highp sampler2D picture;

out vec4 color;

void main() {
  ivec2 corner = FACTOR * ivec2(gl_FragCoord.xy);
  vec4 sum = vec4(0.0);
  for (int y = 0; y < FACTOR; y++) {
    for (int x = 0; x < FACTOR; x++) sum += texelFetch(picture, corner + ivec2(x, y), 0);
  }
  color = sum / float(FACTOR * FACTOR);
}
