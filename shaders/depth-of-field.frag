#version 300 es
// Puts the disks of the halved picture where the picture is out of focus.
precision highp float;

uniform sampler2D picture;  // rgb, disparity in alpha
uniform sampler2D halved;   // the disks, multiplied by alpha
uniform float maxRadius;    // in pixels, of a disk that is fully out of focus
uniform int samples;        // that each disk was taken from
uniform bool nearBlur;      // whether disks spread over what is behind them

out vec4 color;

#include "lib/focus.glsl"

// In pixels: smaller disks than the first are not seen; from the second on the halved picture shows all there is.
const float UNSEEN_RADIUS = 0.25;
const float HALVED_RADIUS = 2.0;

const float PI = 3.14159265359;

// The disks around this pixel, as wide as their samples lie apart: fewer samples would show as dots.
vec4 disksAround(float radius) {
  vec2 texels = vec2(textureSize(halved, 0));
  vec2 at = 0.5 * gl_FragCoord.xy;
  float apart = 0.25 * radius * sqrt(PI / float(samples));
  vec4 sum = vec4(0.0);
  for (int i = 0; i < 4; i++) {
    sum += 0.25 * texture(halved, (at + apart * vec2(2 * (i & 1) - 1, (i & 2) - 1)) / texels);
  }
  return sum;
}

void main() {
  vec4 sharp = texelFetch(picture, ivec2(gl_FragCoord.xy), 0);
  float radius = maxRadius * outOfFocus(sharp.a);
  // What lies over something sharp comes from a disk of up to the largest radius.
  vec4 disks = disksAround(nearBlur && radius < UNSEEN_RADIUS ? maxRadius : radius);
  float blur = clamp((radius - UNSEEN_RADIUS) / (HALVED_RADIUS - UNSEEN_RADIUS), 0.0, 1.0);
  if (nearBlur) blur = max(blur, disks.a);
  color = disks.a > 0.0 ? vec4(mix(sharp.rgb, disks.rgb / disks.a, blur), sharp.a) : sharp;
}
