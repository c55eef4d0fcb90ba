/** The lifted photo, drawn with the camera of one frame: the far plane first, then the mesh and its mirrored copies. */
import type { Size } from "../../../core/clip/size.js";
import { gridMesh, type Mesh, VERTEX_FLOATS } from "../../../core/scene/grid-mesh.js";
import { linkProgram, POSITION_ATTRIBUTE, type Program } from "./program.js";
import type { SceneData } from "./protocol.js";

const UNIFORMS = ["projection", "halfSides", "mirrorCopy", "photo"] as const;

/** How far the far plane reaches, in photos: no camera of the allowed ranges sees its edge. */
const FAR_PLANE_REACH = 64;

const FAR_PLANE: Mesh = {
  vertices: new Float32Array(
    [
      [-1, -1],
      [1, -1],
      [-1, 1],
      [1, 1],
    ].flatMap(([x = 0, y = 0]) => [x * FAR_PLANE_REACH, y * FAR_PLANE_REACH, 0]),
  ),
  indices: new Uint32Array([0, 1, 2, 2, 1, 3]),
};

export type ScenePassProgram = Program<(typeof UNIFORMS)[number]>;

export function linkScenePass(gl: WebGL2RenderingContext): ScenePassProgram {
  return linkProgram(gl, "scene.vert", "scene.frag", UNIFORMS);
}

interface MeshBuffers {
  readonly array: WebGLVertexArrayObject;
  readonly vertices: WebGLBuffer;
  readonly indices: WebGLBuffer;
  readonly count: number;
}

/** GPU memory of one scene. */
export interface SceneBuffers {
  readonly data: Pick<SceneData, "copies" | "halfSides">;
  readonly photo: WebGLTexture;
  readonly mesh: MeshBuffers;
  readonly farPlane: MeshBuffers;
}

export function uploadScene(gl: WebGL2RenderingContext, data: SceneData): SceneBuffers {
  const { copies, halfSides, disparity, disparitySize, meshCells } = data;
  return {
    data: { copies, halfSides },
    photo: uploadPhoto(gl, data.photo, data.photoSize),
    mesh: uploadMesh(gl, gridMesh(disparity, disparitySize, meshCells)),
    farPlane: uploadMesh(gl, FAR_PLANE),
  };
}

export function freeScene(gl: WebGL2RenderingContext, scene: SceneBuffers): void {
  gl.deleteTexture(scene.photo);
  for (const mesh of [scene.mesh, scene.farPlane]) {
    gl.deleteVertexArray(mesh.array);
    gl.deleteBuffer(mesh.vertices);
    gl.deleteBuffer(mesh.indices);
  }
}

/** Draw into the bound framebuffer of this size. */
export function drawScene(
  gl: WebGL2RenderingContext,
  { program, uniforms }: ScenePassProgram,
  scene: SceneBuffers,
  projection: Float32Array,
  size: Size,
): void {
  const { halfSides, copies } = scene.data;
  gl.viewport(0, 0, size.width, size.height);
  gl.useProgram(program);
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, scene.photo);
  gl.uniform1i(uniforms.photo, 0);
  gl.uniformMatrix4fv(uniforms.projection, false, projection);
  gl.uniform2f(uniforms.halfSides, halfSides.x, halfSides.y);
  gl.enable(gl.DEPTH_TEST);
  gl.depthFunc(gl.LEQUAL);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  // The far plane only fills what nothing covers; the mesh's own far parts lie at the same depth.
  gl.depthMask(false);
  gl.uniform2f(uniforms.mirrorCopy, 0, 0);
  drawMesh(gl, scene.farPlane);
  gl.depthMask(true);
  for (const { column, row } of copies) {
    gl.uniform2f(uniforms.mirrorCopy, column, row);
    drawMesh(gl, scene.mesh);
  }
}

function drawMesh(gl: WebGL2RenderingContext, mesh: MeshBuffers): void {
  gl.bindVertexArray(mesh.array);
  gl.drawElements(gl.TRIANGLES, mesh.count, gl.UNSIGNED_INT, 0);
}

function uploadMesh(gl: WebGL2RenderingContext, mesh: Mesh): MeshBuffers {
  const array = gl.createVertexArray();
  const vertices = gl.createBuffer();
  const indices = gl.createBuffer();
  gl.bindVertexArray(array);
  gl.bindBuffer(gl.ARRAY_BUFFER, vertices);
  gl.bufferData(gl.ARRAY_BUFFER, mesh.vertices, gl.STATIC_DRAW);
  gl.enableVertexAttribArray(POSITION_ATTRIBUTE);
  gl.vertexAttribPointer(POSITION_ATTRIBUTE, VERTEX_FLOATS, gl.FLOAT, false, 0, 0);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, indices);
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, mesh.indices, gl.STATIC_DRAW);
  gl.bindVertexArray(null);
  return { array, vertices, indices, count: mesh.indices.length };
}

function uploadPhoto(gl: WebGL2RenderingContext, rgb: Uint8Array, size: Size): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  const { width, height } = size;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, width, height, 0, gl.RGB, gl.UNSIGNED_BYTE, rgb);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.MIRRORED_REPEAT);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.MIRRORED_REPEAT);
  return texture;
}
