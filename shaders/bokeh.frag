#version 300 es
// Second pass of depth of field, at half size: gathers the disk of blurred color around each texel.
// A texel that is out of focus is averaged over its own disk. Where near parts are out of focus
// (nearBlur), their disks also spread over what is behind them. The result is premultiplied: alpha
// is how much of the sharp picture the disk hides. Formulas: docs/effects.md, "Depth of field".
precision highp float;

uniform sampler2D halved;  // rgb, and in alpha the circle of confusion [0, 1]
uniform float maxRadius;   // radius in texels of a disk that is fully out of focus
uniform int rings;         // the most rings of samples in a disk, 1 to 16
uniform int directions;    // the most samples on a ring, 4 to 32
uniform bool nearBlur;     // whether near parts are out of focus rather than far ones

out vec4 disk;

const float TAU = 6.28318530718;
// A disk of this radius, in texels, hides the sharp picture completely.
const float HIDING_RADIUS = 1.0;
// A texel whose circle of confusion is larger by this much is in front. Less may be the same
// surface, slanted.
const float IN_FRONT = 0.25;

// Weight [0, 1] of a texel at this distance in texels: whether its own disk reaches that far. A
// sharp texel has weight 0, so that it does not bleed into the blur.
float reaches(float outOfFocus, float distance) {
  return outOfFocus > 0.0 ? clamp(outOfFocus * maxRadius - distance + 1.0, 0.0, 1.0) : 0.0;
}

// Weighted sum of the colors in a disk of `radius` texels; w is the share of the disk that they
// cover. The rings enclose equal areas, so that every ring has the same weight. `onlyInFront`
// counts only texels that are more out of focus than `own`.
vec4 gathered(float radius, float own, bool onlyInFront) {
  ivec2 last = textureSize(halved, 0) - 1;
  // More than one ring per texel, or one sample per texel along a ring, would read texels twice.
  int usedRings = max(1, min(rings, int(ceil(radius))));
  vec4 sum = vec4(0.0);
  for (int ring = 0; ring < usedRings; ring++) {
    float reach = radius * sqrt((float(ring) + 0.5) / float(usedRings));
    int samples = min(directions, max(4, int(ceil(TAU * reach))));
    float turn = TAU / float(samples);
    // Every second ring is rotated by half a step, so that the samples do not align radially.
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
    // The center texel has the weight of one sample.
    float center = 1.0 / float(1 + rings * directions);
    vec4 sum = gathered(radius, own.a, false) + center * vec4(own.rgb, 1.0);
    float hides = nearBlur ? min(1.0, radius / HIDING_RADIUS) : 1.0;
    disk = hides * vec4(sum.rgb / sum.w, 1.0);
  }
  if (!nearBlur) return;
  vec4 inFront = gathered(maxRadius, own.a, true);
  if (inFront.w == 0.0) return;
  // At a straight edge half of the disk is covered, which counts as fully hidden; outside the edge
  // the cover fades out.
  float covers = min(1.0, 2.0 * inFront.w);
  disk = mix(disk, vec4(inFront.rgb / inFront.w, 1.0), covers);
}
