/** The GPU objects of one scene: the meshes and textures of its surfaces, and its far plane. */
import type { Size } from "../core/geometry/size.js";
import type { SceneData } from "../core/scene/clip/scene-data.js";
import type { CutoutRange } from "../core/scene/cutout.js";
import type { Extent, SceneGeometry } from "../core/scene/geometry.js";
import {
  asOnePart,
  type MeshPart,
  type SceneMesh,
  VERTEX_FLOATS,
} from "../core/scene/mesh/mesh.js";
import { MAX_COPY } from "../core/scene/mesh/mirrored.js";
import { POSITION_ATTRIBUTE } from "./program.js";
import type { Raster, Sheet } from "./sheets.js";

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

export const FAR_PLANE_INDICES = 6;

export interface MeshBuffers {
  readonly array: WebGLVertexArrayObject;
  readonly vertices: WebGLBuffer;
  readonly indices: WebGLBuffer;
  readonly parts: readonly MeshPart[];
}

export interface SheetBuffers {
  readonly mesh: MeshBuffers;
  readonly colors: WebGLTexture;
  /** Undefined where the scene is opaque. */
  readonly matte: WebGLTexture | undefined;
  readonly isSoft: boolean;
}

export interface SceneBuffers {
  readonly geometry: SceneGeometry;
  readonly mapSize: Size;
  /** Undefined where everything is drawn. */
  readonly cutout: CutoutRange | undefined;
  /** In the order in which they are drawn. */
  readonly sheets: readonly SheetBuffers[];
  /** The map that refined fragments follow; undefined where none is refined. */
  readonly disparity: WebGLTexture | undefined;
  /** Undefined where the path never sees past the mesh. */
  readonly farPlane: MeshBuffers | undefined;
  /** Every texture once, although sheets share some. */
  readonly textures: readonly WebGLTexture[];
}

/** The part of a scene that is uploaded besides its sheets. */
type MapData = Pick<SceneData, "disparity" | "disparitySize" | "geometry" | "cutout">;

export function uploadScene(
  gl: WebGL2RenderingContext,
  { geometry, disparity, disparitySize, cutout }: MapData,
  sheets: readonly Sheet[],
): SceneBuffers {
  const uploaded = new Map<Raster, WebGLTexture>();
  const textureOf = (raster: Raster): WebGLTexture => {
    const texture = uploaded.get(raster) ?? uploadRaster(gl, raster);
    uploaded.set(raster, texture);
    return texture;
  };
  const buffers = sheets.map(({ mesh, colors, matte, isSoft }) => ({
    mesh: uploadMesh(gl, mesh),
    colors: textureOf(colors),
    matte: matte && textureOf(matte),
    isSoft,
  }));
  const isRefined = sheets.some(({ mesh }) =>
    mesh.parts.some(({ refinement }) => refinement !== "none"),
  );
  // A refined point may lie in another copy of the photo than its triangle.
  if (isRefined) for (const texture of uploaded.values()) mirrorBeyondEdges(gl, texture);
  const map = isRefined ? uploadDisparity(gl, disparity, disparitySize) : undefined;
  return {
    geometry,
    mapSize: disparitySize,
    cutout,
    sheets: buffers,
    disparity: map,
    farPlane: seesPastCopies(geometry.extent)
      ? uploadMesh(gl, farPlane(geometry.extent))
      : undefined,
    textures: [...uploaded.values(), ...(map ? [map] : [])],
  };
}

function seesPastCopies({ minX, maxX, minY, maxY }: Extent): boolean {
  return Math.max(-minX, maxX, -minY, maxY) > 2 * MAX_COPY + 1;
}

export function freeScene(gl: WebGL2RenderingContext, scene: SceneBuffers): void {
  for (const texture of scene.textures) gl.deleteTexture(texture);
  const meshes = scene.sheets.map(({ mesh }) => mesh);
  for (const mesh of scene.farPlane ? [...meshes, scene.farPlane] : meshes) {
    gl.deleteVertexArray(mesh.array);
    gl.deleteBuffer(mesh.vertices);
    gl.deleteBuffer(mesh.indices);
  }
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

export function uploadRaster(
  gl: WebGL2RenderingContext,
  { width, height, channels, samples }: Raster,
): WebGLTexture {
  const texture = clampedTexture(gl);
  const rgba = channels === 4 ? samples : withAlpha(samples);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  return texture;
}

function withAlpha(rgb: Uint8Array): Uint8Array {
  const rgba = new Uint8Array((rgb.length / 3) * 4);
  for (let from = 0, to = 0; to < rgba.length; from += 3, to += 4) {
    rgba[to] = rgb[from] ?? 0;
    rgba[to + 1] = rgb[from + 1] ?? 0;
    rgba[to + 2] = rgb[from + 2] ?? 0;
    rgba[to + 3] = 255;
  }
  return rgba;
}

/**
 * Uploads the map as floats, which take software GL less time than half floats. These are what a
 * driver without filtered floats gets: their 11 bits resolve a tenth of a pixel's motion.
 */
export function uploadDisparity(
  gl: WebGL2RenderingContext,
  disparity: Uint16Array,
  { width, height }: Size,
): WebGLTexture {
  const stored = gl.getExtension("OES_texture_float_linear") ? gl.R32F : gl.R16F;
  const texture = clampedTexture(gl);
  const values = new Float32Array(disparity.length);
  for (let i = 0; i < values.length; i++) values[i] = (disparity[i] ?? 0) / 65535;
  gl.texImage2D(gl.TEXTURE_2D, 0, stored, width, height, 0, gl.RED, gl.FLOAT, values);
  return texture;
}

/** Lets a texture repeat mirrored. Software GL reads it in more time than one that is clamped. */
export function mirrorBeyondEdges(gl: WebGL2RenderingContext, texture: WebGLTexture): void {
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.MIRRORED_REPEAT);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.MIRRORED_REPEAT);
}

/** A texture with linear filtering that is clamped at its edges. */
function clampedTexture(gl: WebGL2RenderingContext): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  return texture;
}
