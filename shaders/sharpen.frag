#version 300 es
// Unsharp mask: adds `amount` times the difference between the picture and its blur by the binomial
// kernel (1 2 1)² / 16. Formula: docs/effects.md, "Sharpen".
precision highp float;

uniform sampler2D picture;
uniform float amount;  // [0, 2]

out vec4 color;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  ivec2 last = textureSize(picture, 0) - 1;
  vec3 own = texelFetch(picture, pixel, 0).rgb;
  vec3 soft = vec3(0.0);
  for (int y = -1; y <= 1; y++) {
    for (int x = -1; x <= 1; x++) {
      float weight = float((2 - abs(x)) * (2 - abs(y))) / 16.0;
      soft += weight * texelFetch(picture, clamp(pixel + ivec2(x, y), ivec2(0), last), 0).rgb;
    }
  }
  color = vec4(clamp(own + amount * (own - soft), 0.0, 1.0), 1.0);
}
