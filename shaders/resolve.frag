#version 300 es
// Resolves supersampling: the mean of FACTOR x FACTOR pixels (box filter) of color and, in alpha,
// disparity. The program defines FACTOR: 2, 3 or 4.
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
