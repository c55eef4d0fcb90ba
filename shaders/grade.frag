#version 300 es
// Color, vignette and grain in one pass, because each depends on one pixel only. Alpha stays as it
// is. Formulas: docs/effects.md, "Color", "Vignette" and "Grain".
precision highp float;
precision highp int;

uniform sampler2D picture;
uniform vec4 tone;      // brightness, contrast, exponent (1 / gamma), saturation; 1 is neutral
uniform vec2 toning;    // grayscale, sepia, each [0, 1]; 0 is neutral
uniform vec2 vignette;  // intensity [0, 1], exponent
uniform float grain;    // standard deviation as a fraction of white
uniform int grainKey;   // different for each frame

out vec4 color;

#include "lib/bt709.glsl"
#include "lib/noise.glsl"

const mat3 SEPIA = mat3(0.393, 0.349, 0.272, 0.769, 0.686, 0.534, 0.189, 0.168, 0.131);

// Brightness, contrast, gamma, saturation, grayscale and sepia, in this order.
vec3 graded(vec3 rgb) {
  rgb = clamp((rgb * tone.x - 0.5) * tone.y + 0.5, 0.0, 1.0);
  rgb = pow(rgb, vec3(tone.z));
  rgb = clamp(mix(vec3(dot(LUMA, rgb)), rgb, tone.w), 0.0, 1.0);
  rgb = mix(rgb, vec3(dot(LUMA, rgb)), toning.x);
  return mix(rgb, min(SEPIA * rgb, 1.0), toning.y);
}

// Factor of the vignette: 1 in the center, 1 - intensity in the corners.
float vignetteAt(vec2 pixel, vec2 size) {
  vec2 fromCenter = 2.0 * pixel / size - 1.0;
  return 1.0 - vignette.x * (1.0 - pow(1.0 - 0.5 * dot(fromCenter, fromCenter), vignette.y));
}

// Adds grain, reduced near black and white where it would be clipped, so that its mean stays 0.
vec3 grained(vec3 rgb, ivec2 pixel) {
  vec3 room = min(rgb, 1.0 - rgb);
  return rgb + noiseAt(pixel, uint(grainKey)) * min(vec3(grain), room / NOISE_BOUND);
}

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  vec4 own = texelFetch(picture, pixel, 0);
  vec3 rgb = graded(own.rgb);
  rgb *= vignetteAt(gl_FragCoord.xy, vec2(textureSize(picture, 0)));
  if (grain > 0.0) rgb = grained(rgb, pixel);
  color = vec4(rgb, own.a);
}
