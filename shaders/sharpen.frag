#version 300 es
// Unsharp mask: the picture, and `amount` times what the binomial kernel (1 2 1)²/16 takes from it.
precision highp float;

uniform sampler2D picture;
uniform float amount;

out vec4 color;

void main() {
  vec2 texel = 1.0 / vec2(textureSize(picture, 0));
  vec3 own = texelFetch(picture, ivec2(gl_FragCoord.xy), 0).rgb;
  // Four bilinear samples between the texels are the kernel.
  vec3 soft = vec3(0.0);
  for (int i = 0; i < 4; i++) {
    soft += 0.25 * texture(picture, texel * (gl_FragCoord.xy + vec2(i & 1, i >> 1) - 0.5)).rgb;
  }
  color = vec4(clamp(own + amount * (own - soft), 0.0, 1.0), 1.0);
}
