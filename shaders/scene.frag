#version 300 es
precision highp float;

in vec2 photoPoint;

uniform sampler2D photo;

out vec4 color;

void main() {
  color = vec4(texture(photo, photoPoint).rgb, 1.0);
}
