#version 300 es
// Disks around each texel of the halved picture: what lies there blurs in its own disk, and where near things are out of
// focus their disks spread over it. Color is multiplied by alpha: how much of the picture it hides.
precision highp float;

uniform sampler2D halved;  // rgb, and in alpha how far out of focus
uniform float maxRadius;   // in texels, of a disk that is fully out of focus
uniform int rings;
uniform int directions;
uniform bool nearBlur;     // whether it is near things that are out of focus

out vec4 disk;

const float TAU = 6.28318530718;
// A disk of this radius in texels hides what was sharp.
const float HIDING_RADIUS = 1.0;
// Something that is out of focus by so much more is in front, and not the same surface farther on.
const float IN_FRONT = 0.25;

// How much of a texel's own disk reaches this far; something sharp reaches nothing.
float reaches(float outOfFocus, float distance) {
  return outOfFocus > 0.0 ? clamp(outOfFocus * maxRadius - distance + 1.0, 0.0, 1.0) : 0.0;
}

// Sum of the colors in a disk, and in w their weight as a part of the disk. Rings enclose equal areas, so that each weighs
// the same. With `onlyInFront` those count that are more out of focus than `own`.
vec4 gathered(float radius, float own, bool onlyInFront) {
  ivec2 last = textureSize(halved, 0) - 1;
  // A ring a texel, and a sample a texel along it, are as many as there is something to see.
  int usedRings = max(1, min(rings, int(ceil(radius))));
  vec4 sum = vec4(0.0);
  for (int ring = 0; ring < usedRings; ring++) {
    float reach = radius * sqrt((float(ring) + 0.5) / float(usedRings));
    int samples = min(directions, max(4, int(ceil(TAU * reach))));
    float turn = TAU / float(samples);
    // Every second ring is turned by half a step, so that the samples do not line up.
    float first = (ring & 1) == 0 ? 0.0 : 0.5 * turn;
    vec2 arm = reach * vec2(cos(first), sin(first));
    mat2 rotation = mat2(cos(turn), sin(turn), -sin(turn), cos(turn));
    vec4 ringSum = vec4(0.0);
    for (int i = 0; i < samples; i++) {
      vec4 texel = texelFetch(halved, clamp(ivec2(gl_FragCoord.xy + arm), ivec2(0), last), 0);
      float counts = reaches(texel.a, reach);
      if (onlyInFront) counts *= clamp((texel.a - own) / IN_FRONT, 0.0, 1.0);
      ringSum += counts * vec4(texel.rgb, 1.0);
      arm = rotation * arm;
    }
    sum += ringSum / float(samples);
  }
  return sum / float(usedRings);
}

void main() {
  vec4 own = texelFetch(halved, ivec2(gl_FragCoord.xy), 0);
  disk = vec4(0.0);
  if (own.a > 0.0) {
    float radius = own.a * maxRadius;
    // The texel itself weighs as one of the samples.
    float center = 1.0 / float(1 + rings * directions);
    vec4 sum = gathered(radius, own.a, false) + center * vec4(own.rgb, 1.0);
    float hides = nearBlur ? min(1.0, radius / HIDING_RADIUS) : 1.0;
    disk = hides * vec4(sum.rgb / sum.w, 1.0);
  }
  if (!nearBlur) return;
  vec4 inFront = gathered(maxRadius, own.a, true);
  if (inFront.w == 0.0) return;
  // Half of a disk lies over a straight edge at the edge itself: from there it thins outwards.
  float covers = min(1.0, 2.0 * inFront.w);
  disk = mix(disk, vec4(inFront.rgb / inFront.w, 1.0), covers);
}
