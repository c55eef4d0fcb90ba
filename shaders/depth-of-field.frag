#version 300 es
// Third pass of depth of field, at full size: blends the picture with the disks of bokeh.frag where
// it is out of focus. Formulas: docs/effects.md, "Depth of field".
precision highp float;

uniform sampler2D picture;  // rgb, disparity in alpha
uniform sampler2D halved;   // the disks at half size, premultiplied by alpha
uniform float maxRadius;    // radius in pixels of a disk that is fully out of focus
uniform int samples;        // samples per disk
uniform bool nearBlur;      // whether near parts are out of focus, whose disks cover what is behind

out vec4 color;

#include "lib/focus.glsl"

// Radii in pixels: a smaller disk than the first is invisible; from the second on the picture at
// half size is sharp enough to replace the full one.
const float UNSEEN_RADIUS = 0.25;
const float HALVED_RADIUS = 2.0;

const float PI = 3.14159265359;

// Mean of the disks around this pixel, over the distance between two samples of a disk of this
// radius in pixels: without it few samples show as dots.
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
  // A disk that covers a sharp pixel may have any radius up to the largest one.
  vec4 disks = disksAround(nearBlur && radius < UNSEEN_RADIUS ? maxRadius : radius);
  float blur = clamp((radius - UNSEEN_RADIUS) / (HALVED_RADIUS - UNSEEN_RADIUS), 0.0, 1.0);
  if (nearBlur) blur = max(blur, disks.a);
  color = disks.a > 0.0 ? vec4(mix(sharp.rgb, disks.rgb / disks.a, blur), sharp.a) : sharp;
}
