#version 300 es
// Projects a vertex of the photo's mesh, or of the far plane behind it, with the camera of this
// frame. The program defines the same as for scene.frag.
precision highp float;

in vec3 position;  // x and y in the photo, from -1 to 1, y upwards; disparity in [0, 1]

uniform mat4 projection;  // `projection` of core/scene/camera.ts
uniform vec2 halfSides;   // half the sides of the photo on the plane z = 1

out vec2 photoPoint;   // texture coordinates in the photo, row 0 at the top
out float disparity;

void main() {
  gl_Position = projection * vec4(halfSides * position.xy, position.z, 1.0);
  // The matrix keeps z / w within half of the range of a depth buffer. Scaled to nearly the whole
  // range, 16 bits are enough.
  gl_Position.z *= 1.98;
  // Row 0 of the texture is the photo's top row.
  photoPoint = vec2(0.5 + 0.5 * position.x, 0.5 - 0.5 * position.y);
#if MIRROR == 1 && REFINEMENT == 0
  // A triangle lies in one copy of the photo, so that its corners tell where it is mirrored.
  photoPoint = 1.0 - abs(1.0 - abs(photoPoint));
#endif
  disparity = position.z;
}
