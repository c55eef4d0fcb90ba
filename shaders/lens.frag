#version 300 es
// Chromatic aberration of a simple lens: samples along the spectrum, from red, which stays, to
// blue, which is read farthest towards the center. The shift grows with the square of the distance
// from the center beyond the decay. Formula: docs/effects.md, "Lens".
precision highp float;

uniform sampler2D picture;
uniform float strength;  // shift of blue in a corner, as a fraction of the half diagonal
uniform float decay;     // distance from the center without a shift, in half diagonals, below 1
uniform int maxSamples;  // the most samples along the spectrum, 3 to 100

out vec4 color;

// A shift of fewer pixels is invisible.
const float UNSEEN = 0.05;

void main() {
  vec2 size = vec2(textureSize(picture, 0));
  vec2 fromCenter = gl_FragCoord.xy - 0.5 * size;
  float distance = length(fromCenter) / (0.5 * length(size));
  float beyond = max(0.0, distance - decay) / (1.0 - decay);
  float bend = strength * beyond * beyond;
  float bentPixels = bend * length(fromCenter);
  if (bentPixels < UNSEEN) {
    color = texelFetch(picture, ivec2(gl_FragCoord.xy), 0);
    return;
  }
  // More than two samples per pixel of shift would read the same texels again.
  int samples = min(maxSamples, 3 + int(2.0 * bentPixels));
  vec3 sum = vec3(0.0);
  vec3 total = vec3(0.0);
  for (int i = 0; i < samples; i++) {
    float along = (float(i) + 0.5) / float(samples);
    vec3 weight = vec3(max(0.0, 1.0 - 2.0 * along), 1.0 - abs(2.0 * along - 1.0), max(0.0, 2.0 * along - 1.0));
    sum += weight * texture(picture, 0.5 + fromCenter * (1.0 - bend * along) / size).rgb;
    total += weight;
  }
  color = vec4(sum / total, 1.0);
}
