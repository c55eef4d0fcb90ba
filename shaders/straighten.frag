#version 300 es
// Combines a premultiplied picture and its matte to straight RGBA. The matte is what the same
// passes make of white where the picture is opaque, so that blur and dispersion reach its edges
// too; where the lens separates its colors, the largest counts.
precision highp float;

uniform sampler2D picture;  // premultiplied color
uniform sampler2D matte;    // coverage of each color

out vec4 color;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  vec3 cover = texelFetch(matte, pixel, 0).rgb;
  float alpha = max(cover.r, max(cover.g, cover.b));
  vec3 rgb = texelFetch(picture, pixel, 0).rgb;
  color = vec4(alpha > 0.0 ? min(rgb / alpha, 1.0) : vec3(0.0), alpha);
}
