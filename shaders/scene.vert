#version 300 es
// One vertex of the photo's mesh, or of the far plane behind it, seen by the camera of this frame.
precision highp float;

in vec3 position;  // x and y over the photo, whose edges are at 1 and -1, y upwards; disparity in [0, 1]

uniform mat4 projection;
uniform vec2 halfSides;  // of the photo on the plane z = 1

out vec2 photoPoint;
out float disparity;

void main() {
  gl_Position = projection * vec4(halfSides * position.xy, position.z, 1.0);
  // The matrix keeps z / w within half of what a depth buffer holds; 16 bits are enough when all of it is used.
  gl_Position.z *= 1.98;
  // Row 0 of the texture is the photo's top row. Beyond the photo the texture is mirrored.
  photoPoint = vec2(0.5 + 0.5 * position.x, 0.5 - 0.5 * position.y);
  disparity = position.z;
}
