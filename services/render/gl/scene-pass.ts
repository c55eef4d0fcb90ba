/** The lifted photo, drawn with the camera of one frame: the far plane first, then the mesh and its mirrored copies. */
import type { Size } from "../../../core/clip/size.js";
import { type Mesh, VERTEX_FLOATS } from "../../../core/scene/mesh/mesh.js";
import type { Detail } from "../../../core/scene/quality.js";
import { linkProgram, POSITION_ATTRIBUTE, type Program } from "./program.js";
import type { SceneData, View } from "./protocol.js";

const UNIFORMS = ["projection", "halfSides", "mirrorCopy", "photo"] as const;
const REFINE_UNIFORMS = ["disparityMap", "rayBase", "raySlope"] as const;

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

export interface ScenePassProgram {
  readonly common: Program<(typeof UNIFORMS)[number]>;
  /** Absent where nothing is refined. */
  readonly refine?: Program<(typeof REFINE_UNIFORMS)[number]>;
}

export function linkScenePass(
  gl: WebGL2RenderingContext,
  refineSteps: Detail["refineSteps"],
): ScenePassProgram {
  const defines = { REFINE_STEPS: refineSteps };
  if (refineSteps === 0) {
    return { common: linkProgram(gl, "scene.vert", "scene.frag", UNIFORMS, defines) };
  }
  const names = [...UNIFORMS, ...REFINE_UNIFORMS];
  const both = linkProgram(gl, "scene.vert", "scene.frag", names, defines);
  return { common: both, refine: both };
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
  readonly disparity: WebGLTexture;
  readonly mesh: MeshBuffers;
  readonly farPlane: MeshBuffers;
}

export function uploadScene(
  gl: WebGL2RenderingContext,
  data: Omit<SceneData, "detail" | "frame">,
  mesh: Mesh,
): SceneBuffers {
  const { copies, halfSides, disparity, disparitySize } = data;
  return {
    data: { copies, halfSides },
    photo: uploadPhoto(gl, data.photo, data.photoSize),
    disparity: uploadDisparity(gl, disparity, disparitySize),
    mesh: uploadMesh(gl, mesh),
    farPlane: uploadMesh(gl, FAR_PLANE),
  };
}

export function freeScene(gl: WebGL2RenderingContext, scene: SceneBuffers): void {
  gl.deleteTexture(scene.photo);
  gl.deleteTexture(scene.disparity);
  for (const mesh of [scene.mesh, scene.farPlane]) {
    gl.deleteVertexArray(mesh.array);
    gl.deleteBuffer(mesh.vertices);
    gl.deleteBuffer(mesh.indices);
  }
}

/** Draw into the bound framebuffer of this size. */
export function drawScene(
  gl: WebGL2RenderingContext,
  { common: { program, uniforms }, refine }: ScenePassProgram,
  scene: SceneBuffers,
  { projection, rays }: View,
  size: Size,
): void {
  const { halfSides, copies } = scene.data;
  gl.viewport(0, 0, size.width, size.height);
  gl.useProgram(program);
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, scene.photo);
  gl.uniform1i(uniforms.photo, 0);
  if (refine) {
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, scene.disparity);
    gl.uniform1i(refine.uniforms.disparityMap, 1);
    gl.uniform4fv(refine.uniforms.rayBase, rays.subarray(0, 4));
    gl.uniform4fv(refine.uniforms.raySlope, rays.subarray(4));
  }
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
  const texture = mirroredTexture(gl);
  const { width, height } = size;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, width, height, 0, gl.RGB, gl.UNSIGNED_BYTE, rgb);
  return texture;
}

/** Half floats: 11 bits are a tenth of a pixel's motion, and every driver filters them. */
function uploadDisparity(
  gl: WebGL2RenderingContext,
  disparity: Uint16Array,
  { width, height }: Size,
): WebGLTexture {
  const texture = mirroredTexture(gl);
  const values = Float32Array.from(disparity, (value) => value / 65535);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16F, width, height, 0, gl.RED, gl.FLOAT, values);
  return texture;
}

/** Bilinear, and mirrored beyond the photo's edges. */
function mirroredTexture(gl: WebGL2RenderingContext): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.MIRRORED_REPEAT);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.MIRRORED_REPEAT);
  return texture;
}
