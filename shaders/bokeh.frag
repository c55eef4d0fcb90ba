#version 300 es
// The mean of a disk around each texel of the halved picture. Rings enclose equal areas, so that each weighs the same.
// Color is multiplied by alpha: how much of the disk covers what is behind it.
precision highp float;

uniform sampler2D halved;  // rgb, and in alpha how far out of focus
uniform float maxRadius;   // in texels, of a disk that is fully out of focus
uniform int rings;
uniform int directions;
uniform bool nearBlur;     // whether near things are out of focus: their disks spread over what is behind them

out vec4 disk;

const float TAU = 6.28318530718;

// How much of a texel's own disk reaches this far; something sharp reaches nothing.
float reaches(float outOfFocus, float distance) {
  return outOfFocus > 0.0 ? clamp(outOfFocus * maxRadius - distance + 1.0, 0.0, 1.0) : 0.0;
}

void main() {
  ivec2 last = textureSize(halved, 0) - 1;
  vec4 own = texelFetch(halved, ivec2(gl_FragCoord.xy), 0);
  // Far things blur in their own disks; near ones may come from as far as the largest.
  float radius = (nearBlur ? 1.0 : own.a) * maxRadius;
  // A ring a texel, and a sample a texel along it, are as many as there is something to see.
  int usedRings = min(rings, int(ceil(radius)));
  float covered = reaches(own.a, 0.0);
  vec3 sum = covered * own.rgb;
  float weight = covered;
  float total = 1.0;
  for (int ring = 0; ring < usedRings; ring++) {
    float reach = radius * sqrt((float(ring) + 0.5) / float(usedRings));
    int samples = min(directions, max(4, int(ceil(TAU * reach))));
    float turn = TAU / float(samples);
    // Every second ring is turned by half a step, so that the samples do not line up.
    float first = (ring & 1) == 0 ? 0.0 : 0.5 * turn;
    vec2 arm = reach * vec2(cos(first), sin(first));
    mat2 rotation = mat2(cos(turn), sin(turn), -sin(turn), cos(turn));
    float share = float(directions) / float(samples);
    for (int i = 0; i < samples; i++) {
      vec4 texel = texelFetch(halved, clamp(ivec2(gl_FragCoord.xy + arm), ivec2(0), last), 0);
      float counts = share * reaches(texel.a, reach);
      sum += counts * texel.rgb;
      weight += counts;
      total += share;
      arm = rotation * arm;
    }
  }
  if (weight == 0.0) {
    disk = vec4(0.0);
    return;
  }
  // Half of a disk lies over a straight edge at the edge itself: from there it thins outwards.
  float cover = nearBlur ? min(1.0, max(2.0 * weight / total, own.a * maxRadius)) : 1.0;
  disk = cover * vec4(sum / weight, 1.0);
}
