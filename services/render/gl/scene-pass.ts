/**
 * Draws the photo's mesh with the camera of one frame, and behind it a far plane where the camera
 * sees past the mesh.
 */
import type { Size } from "../../../core/geometry/size.js";
import { premultiplied } from "../../../core/output/alpha.js";
import { mostTexelsCrossed } from "../../../core/scene/camera.js";
import type { Extent, SceneGeometry } from "../../../core/scene/geometry.js";
import {
  asOnePart,
  type MeshPart,
  REFINEMENTS,
  type Refinement,
  type SceneMesh,
  VERTEX_FLOATS,
} from "../../../core/scene/mesh/mesh.js";
import { MAX_COPY } from "../../../core/scene/mesh/mirrored.js";
import { linkProgram, POSITION_ATTRIBUTE, type Program } from "./program.js";
import type { SceneData, View } from "./protocol.js";

/** The uniforms of scene.frag that only some refinements have. */
const UNIFORMS = {
  none: [],
  "fixed-point": ["disparityMap", "raySlope"],
  secant: ["disparityMap", "raySlope"],
  search: ["disparityMap", "raySlope", "longestStep"],
} as const satisfies Record<Refinement, readonly string[]>;
const COMMON_UNIFORMS = ["projection", "halfSides", "photo"] as const;

type RefinementUniform = (typeof UNIFORMS)[Refinement][number];
type SceneProgram = Program<(typeof COMMON_UNIFORMS)[number]> & {
  readonly uniforms: Readonly<Partial<Record<RefinementUniform, WebGLUniformLocation>>>;
};

/**
 * One program per refinement and edge mode (mirrored or black), compiled when it is first needed.
 */
export class ScenePassPrograms {
  readonly #gl: WebGL2RenderingContext;
  readonly #linked = new Map<string, SceneProgram>();

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
  }

  /** Compiles the programs of a mesh in advance, so that its first frame is not slow. */
  link(mesh: SceneMesh): void {
    for (const { refinement } of mesh.parts) this.of(refinement, true);
  }

  of(refinement: Refinement, mirror: boolean, matte = false): SceneProgram {
    const key = `${refinement} ${mirror} ${matte}`;
    const known = this.#linked.get(key);
    if (known) return known;
    const names = [...COMMON_UNIFORMS, ...UNIFORMS[refinement]];
    const made = linkProgram(this.#gl, "scene.vert", "scene.frag", names, {
      REFINEMENT: REFINEMENTS.indexOf(refinement),
      MIRROR: Number(mirror),
      MATTE: Number(matte),
    });
    this.#linked.set(key, made);
    return made;
  }
}

/**
 * The step of the search where rays cross most texels of the map, in texels; in other places it is
 * shorter. It is the longest with which no scene is farther from the converged picture than with a
 * fixed-step march.
 */
const SEARCH_STEP_TEXELS = 1.6;

/**
 * How far the far plane extends beyond what the path sees, as a fraction of the seen extent. A
 * moment between two frames may see a little more than both.
 */
const FAR_PLANE_MARGIN = 0.5;

/**
 * Two rectangles that cover all that is seen: the first six indices at disparity 0, the other six
 * at disparity 1.
 */
function farPlane({ minX, maxX, minY, maxY }: Extent): SceneMesh {
  const grownX = FAR_PLANE_MARGIN * (maxX - minX);
  const grownY = FAR_PLANE_MARGIN * (maxY - minY);
  const vertices = [0, 1].flatMap((disparity) =>
    [minX - grownX, maxX + grownX].flatMap((x) =>
      [minY - grownY, maxY + grownY].flatMap((y) => [x, y, disparity]),
    ),
  );
  const indices = [0, 1, 2, 2, 1, 3];
  return asOnePart({
    vertices: new Float32Array(vertices),
    indices: new Uint32Array([...indices, ...indices.map((index) => index + 4)]),
  });
}

const FAR_PLANE_INDICES = 6;

interface MeshBuffers {
  readonly array: WebGLVertexArrayObject;
  readonly vertices: WebGLBuffer;
  readonly indices: WebGLBuffer;
  readonly parts: readonly MeshPart[];
}

/** The GPU objects of one scene. */
export interface SceneBuffers {
  readonly geometry: SceneGeometry;
  readonly mapSize: Size;
  readonly photo: WebGLTexture;
  readonly disparity: WebGLTexture;
  readonly mesh: MeshBuffers;
  /** Undefined where the path never sees past the mesh. */
  readonly farPlane: MeshBuffers | undefined;
}

/** The part of a scene that is uploaded. */
type RasterData = Pick<
  SceneData,
  "photo" | "alpha" | "photoSize" | "disparity" | "disparitySize" | "geometry"
>;

export function uploadScene(
  gl: WebGL2RenderingContext,
  data: RasterData,
  mesh: SceneMesh,
): SceneBuffers {
  const { geometry, disparity, disparitySize } = data;
  return {
    geometry,
    mapSize: disparitySize,
    photo: uploadPhoto(gl, data),
    disparity: uploadDisparity(gl, disparity, disparitySize),
    mesh: uploadMesh(gl, mesh),
    farPlane: seesPastCopies(geometry.extent)
      ? uploadMesh(gl, farPlane(geometry.extent))
      : undefined,
  };
}

function seesPastCopies({ minX, maxX, minY, maxY }: Extent): boolean {
  return Math.max(-minX, maxX, -minY, maxY) > 2 * MAX_COPY + 1;
}

export function freeScene(gl: WebGL2RenderingContext, scene: SceneBuffers): void {
  gl.deleteTexture(scene.photo);
  gl.deleteTexture(scene.disparity);
  for (const mesh of [scene.mesh, scene.farPlane]) {
    if (!mesh) continue;
    gl.deleteVertexArray(mesh.array);
    gl.deleteBuffer(mesh.vertices);
    gl.deleteBuffer(mesh.indices);
  }
}

/**
 * Draws the scene into the bound framebuffer, which has this size. `matte` draws its coverage in
 * place of its colors.
 */
export function drawScene(
  gl: WebGL2RenderingContext,
  programs: ScenePassPrograms,
  scene: SceneBuffers,
  view: View,
  size: Size,
  matte = false,
): void {
  gl.viewport(0, 0, size.width, size.height);
  gl.activeTexture(gl.TEXTURE1);
  gl.bindTexture(gl.TEXTURE_2D, scene.disparity);
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, scene.photo);
  gl.enable(gl.DEPTH_TEST);
  gl.depthFunc(gl.LEQUAL);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  const longestStep = SEARCH_STEP_TEXELS / mostTexelsCrossed(view.rays, size, scene.mapSize);
  const draw = (part: MeshPart) => {
    const program = programs.of(part.refinement, view.mirror, matte);
    drawPart(gl, program, scene, { ...view, longestStep }, part);
  };
  gl.bindVertexArray(scene.mesh.array);
  for (const part of scene.mesh.parts) draw(part);
  if (!scene.farPlane) return;
  gl.bindVertexArray(scene.farPlane.array);
  const firstIndex = FAR_PLANE_INDICES * view.farthest;
  draw({ refinement: "none", firstIndex, indexCount: FAR_PLANE_INDICES });
}

function drawPart(
  gl: WebGL2RenderingContext,
  { program, uniforms }: SceneProgram,
  { geometry: { halfSides } }: SceneBuffers,
  { projection, rays, longestStep }: View & { readonly longestStep: number },
  { firstIndex, indexCount }: MeshPart,
): void {
  gl.useProgram(program);
  gl.uniformMatrix4fv(uniforms.projection, false, projection);
  gl.uniform2f(uniforms.halfSides, halfSides.x, halfSides.y);
  gl.uniform1i(uniforms.photo, 0);
  if (uniforms.disparityMap) gl.uniform1i(uniforms.disparityMap, 1);
  if (uniforms.raySlope) gl.uniform4fv(uniforms.raySlope, rays.subarray(4, 8));
  if (uniforms.longestStep) gl.uniform1f(uniforms.longestStep, longestStep);
  const offsetBytes = Uint32Array.BYTES_PER_ELEMENT * firstIndex;
  gl.drawElements(gl.TRIANGLES, indexCount, gl.UNSIGNED_INT, offsetBytes);
}

function uploadMesh(gl: WebGL2RenderingContext, mesh: SceneMesh): MeshBuffers {
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
  return { array, vertices, indices, parts: mesh.parts };
}

function uploadPhoto(
  gl: WebGL2RenderingContext,
  { photo, alpha, photoSize: { width, height } }: RasterData,
): WebGLTexture {
  const texture = mirroredTexture(gl);
  if (alpha) {
    const { RGBA8, RGBA, UNSIGNED_BYTE } = gl;
    const rgba = premultiplied(photo, alpha);
    gl.texImage2D(gl.TEXTURE_2D, 0, RGBA8, width, height, 0, RGBA, UNSIGNED_BYTE, rgba);
  } else {
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, width, height, 0, gl.RGB, gl.UNSIGNED_BYTE, photo);
  }
  return texture;
}

/**
 * Uploads the map as half floats: their 11 bits resolve a tenth of a pixel's motion, and every
 * driver filters them.
 */
function uploadDisparity(
  gl: WebGL2RenderingContext,
  disparity: Uint16Array,
  { width, height }: Size,
): WebGLTexture {
  const texture = mirroredTexture(gl);
  const values = new Float32Array(disparity.length);
  for (let i = 0; i < values.length; i++) values[i] = (disparity[i] ?? 0) / 65535;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16F, width, height, 0, gl.RED, gl.FLOAT, values);
  return texture;
}

/** A texture with linear filtering that is mirrored beyond its edges. */
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
