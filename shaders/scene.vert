#version 300 es
// One vertex of the photo's mesh, or of the far plane behind it, seen by the camera of this frame.
precision highp float;

in vec3 position;  // x and y in [-1, 1] over the photo, y upwards; disparity in [0, 1]

uniform mat4 projection;
uniform vec2 halfSides;   // of the photo on the plane z = 1
uniform vec2 mirrorCopy;  // column and row; odd ones are mirrored

out vec2 photoPoint;
out float disparity;

void main() {
  vec2 direction = 1.0 - 2.0 * mod(abs(mirrorCopy), 2.0);
  vec2 u = halfSides * (2.0 * mirrorCopy + direction * position.xy);
  gl_Position = projection * vec4(u, position.z, 1.0);
  // Row 0 of the texture is the photo's top row.
  photoPoint = vec2(0.5 + 0.5 * position.x, 0.5 - 0.5 * position.y);
  disparity = position.z;
}
