#version 300 es
// The mean of a disk around each texel of the halved picture. Rings enclose equal areas, so that each weighs the same.
precision highp float;

uniform sampler2D halved;    // rgb, and in alpha how far out of focus
uniform float maxRadius;     // in texels, of a disk that is fully out of focus
uniform int rings;
uniform int directions;

out vec4 disk;

const float TAU = 6.28318530718;

void main() {
  ivec2 last = textureSize(halved, 0) - 1;
  vec4 own = texelFetch(halved, ivec2(gl_FragCoord.xy), 0);
  // Alpha 0 says that there is nothing here to blur with.
  if (own.a == 0.0) {
    disk = vec4(0.0);
    return;
  }
  float radius = own.a * maxRadius;
  // A ring a texel, and a sample a texel along it, are as many as there is something to see.
  int usedRings = min(rings, int(ceil(radius)));
  vec3 sum = own.rgb;
  float weight = 1.0;
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
      // What lies here counts as far as its own disk reaches this texel: sharp things do not bleed.
      float counts = share * min(1.0, texel.a * maxRadius / reach);
      sum += counts * texel.rgb;
      weight += counts;
      arm = rotation * arm;
    }
  }
  disk = vec4(sum / weight, 1.0);
}
