#version 300 es
// Puts the disks of the halved picture where the picture is out of focus.
precision highp float;

uniform sampler2D picture;  // rgb, disparity in alpha
uniform sampler2D halved;   // rgb of the disks; alpha 0 where there is none
uniform float maxRadius;    // in pixels, of a disk that is fully out of focus

out vec4 color;

#include "lib/focus.glsl"

// Disks of a smaller radius than the first are not seen; from the second on the halved picture shows all there is.
const float UNSEEN_RADIUS = 0.25;
const float HALVED_RADIUS = 2.0;

void main() {
  vec4 sharp = texelFetch(picture, ivec2(gl_FragCoord.xy), 0);
  float radius = maxRadius * outOfFocus(sharp.a);
  vec4 disks = texture(halved, gl_FragCoord.xy / vec2(textureSize(picture, 0)));
  float blur = clamp((radius - UNSEEN_RADIUS) / (HALVED_RADIUS - UNSEEN_RADIUS), 0.0, 1.0);
  color = disks.a > 0.0 ? vec4(mix(sharp.rgb, disks.rgb / disks.a, blur), sharp.a) : sharp;
}
