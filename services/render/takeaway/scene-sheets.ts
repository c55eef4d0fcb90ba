/** The sheets as meshes with textures, for everything that draws the scene elsewhere. */
import sharp, { type Sharp } from "sharp";
import { type Size, withinLongSide } from "../../../core/geometry/size.js";
import type { LayerColors } from "../../../core/scene/layers/layers.js";
import type { Mesh } from "../../../core/scene/mesh/mesh.js";
import { type SheetMeshes, sheetMeshes } from "../../../core/scene/mesh/sheet-meshes.js";
import type { Sheets } from "./sheets.js";

export interface Texture {
  readonly bytes: Uint8Array;
  readonly mediaType: "image/jpeg" | "image/png";
}

/** One surface. A soft one has alpha, and is blended over the others. */
export interface TexturedMesh {
  readonly name: keyof SheetMeshes;
  readonly mesh: Mesh;
  readonly texture: Texture;
  readonly isSoft: boolean;
}

/** The photo, without what lies beyond its edges. */
const WHOLE = { minX: -1, maxX: 1, minY: -1, maxY: 1 };

export interface SceneDetail {
  /** Largest distance of a triangle from its sheet, in disparity. */
  readonly meshError: number;
  /** The meshes get coarser where a scene needs more. */
  readonly maxTriangles: number;
  /** Of JPEG, 1 to 100. */
  readonly quality: number;
  /** Longer side of the textures; absent: that of the photo. */
  readonly maxSidePixels?: number;
}

/** In the order in which they are drawn; without meshes that are empty. */
export async function sceneSheets(
  { layers, colors, cutDisparity }: Sheets,
  { quality, maxSidePixels, ...detail }: SceneDetail,
): Promise<readonly TexturedMesh[]> {
  const options = { ...detail, leastStep: cutDisparity, inverted: false };
  const meshes = sheetMeshes(layers, options, WHOLE);
  const [front, back, rim] = await Promise.all([
    jpeg(shrunk(colors.front, 4, colors, maxSidePixels), quality),
    jpeg(shrunk(colors.back, 3, colors, maxSidePixels), quality),
    png(shrunk(softPart(colors, meshes.rim), 4, colors, maxSidePixels)),
  ]);
  const surfaces: readonly TexturedMesh[] = [
    { name: "front", mesh: meshes.front, texture: front, isSoft: false },
    { name: "back", mesh: meshes.back, texture: back, isSoft: false },
    { name: "rim", mesh: meshes.rim, texture: rim, isSoft: true },
  ];
  return surfaces.filter(({ mesh }) => mesh.indices.length > 0);
}

function shrunk(
  samples: Uint8Array,
  channels: 3 | 4,
  size: Size,
  maxSidePixels = Number.POSITIVE_INFINITY,
): Sharp {
  const { width, height } = size;
  const image = sharp(samples, { raw: { width, height, channels } });
  const small = withinLongSide(size, maxSidePixels);
  return small.width === width ? image : image.resize({ ...small, fit: "fill" });
}

async function png(image: Sharp): Promise<Texture> {
  return { bytes: await image.png({ compressionLevel: 4 }).toBuffer(), mediaType: "image/png" };
}

async function jpeg(image: Sharp, quality: number): Promise<Texture> {
  const bytes = await image.removeAlpha().jpeg({ quality, chromaSubsampling: "4:4:4" }).toBuffer();
  return { bytes, mediaType: "image/jpeg" };
}

/** Pixels around a triangle that filtering may read. */
const MARGIN_PIXELS = 2;

/**
 * The front's colors and coverage around the triangles of the mesh, and nothing elsewhere: a small
 * file.
 */
function softPart({ front, width, height }: LayerColors, { vertices, indices }: Mesh): Uint8Array {
  const rgba = new Uint8Array(front.length);
  const pixel = (vertex: number, axis: 0 | 1) => {
    const at = vertices[3 * vertex + axis] ?? 0;
    return axis === 0 ? ((1 + at) / 2) * width : ((1 - at) / 2) * height;
  };
  for (let at = 0; at < indices.length; at += 3) {
    const corners = [indices[at] ?? 0, indices[at + 1] ?? 0, indices[at + 2] ?? 0];
    const xs = corners.map((vertex) => pixel(vertex, 0));
    const ys = corners.map((vertex) => pixel(vertex, 1));
    const left = Math.max(0, Math.floor(Math.min(...xs)) - MARGIN_PIXELS);
    const right = Math.min(width, Math.ceil(Math.max(...xs)) + MARGIN_PIXELS);
    const top = Math.max(0, Math.floor(Math.min(...ys)) - MARGIN_PIXELS);
    const bottom = Math.min(height, Math.ceil(Math.max(...ys)) + MARGIN_PIXELS);
    for (let y = top; y < bottom; y++) {
      const from = 4 * (y * width + left);
      rgba.set(front.subarray(from, from + 4 * (right - left)), from);
    }
  }
  return rgba;
}
