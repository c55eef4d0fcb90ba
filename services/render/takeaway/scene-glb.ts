/**
 * `scene.glb`: the scene as binary glTF 2.0, with a camera that sees the photo as it was shot.
 */
import { Document, type Material, NodeIO } from "@gltf-transform/core";
import { type Mesh, VERTEX_FLOATS } from "../../../core/scene/mesh/mesh.js";
import { type World, worldCamera, worldOf, worldPoint } from "../../../core/scene/world.js";
import type { MadeFile } from "../store-artifacts.js";
import { type SceneDetail, sceneSheets, type TexturedMesh } from "./scene-sheets.js";
import type { Sheets } from "./sheets.js";
import { Unlit } from "./unlit.js";

const DETAIL: SceneDetail = { meshError: 0.002, maxTriangles: 400_000, quality: 92 };

/** GL's constant. */
const CLAMP_TO_EDGE = 33071;

/** Room in front of and behind the scene for a camera that moves, as a factor. */
const CLIP_ROOM = 10;

export async function sceneGlb(sheets: Sheets, height: number): Promise<MadeFile> {
  const surfaces = await sceneSheets(sheets, DETAIL);
  const { width, height: rows } = sheets.colors;
  const document = documentOf(surfaces, worldOf(sheets.colors, height));
  const bytes = await new NodeIO().registerExtensions([Unlit]).writeBinary(document);
  return { bytes, width, height: rows };
}

function documentOf(surfaces: readonly TexturedMesh[], world: World): Document {
  const document = new Document();
  document.createExtension(Unlit);
  document.getRoot().getAsset().generator = "depthmesh";
  document.createBuffer();
  const photo = document.createNode("photo");
  for (const surface of surfaces) {
    const mesh = document.createMesh(surface.name);
    mesh.addPrimitive(primitiveOf(document, surface, world));
    photo.addChild(document.createNode(surface.name).setMesh(mesh));
  }
  const { verticalAngle, aspect, near, far } = worldCamera(world);
  const camera = document
    .createCamera("photographer")
    .setType("perspective")
    .setYFov(verticalAngle)
    .setAspectRatio(aspect)
    .setZNear(near / CLIP_ROOM)
    .setZFar(far * CLIP_ROOM);
  const node = document.createNode("photographer").setCamera(camera);
  const scene = document.createScene("photo").addChild(photo).addChild(node);
  document.getRoot().setDefaultScene(scene);
  return document;
}

function primitiveOf(document: Document, { mesh, ...surface }: TexturedMesh, world: World) {
  const { positions, coordinates, indices } = arraysOf(mesh, world);
  const [buffer = null] = document.getRoot().listBuffers();
  const accessor = (
    type: "VEC3" | "VEC2" | "SCALAR",
    array: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
  ) => document.createAccessor().setType(type).setArray(array).setBuffer(buffer);
  return document
    .createPrimitive()
    .setAttribute("POSITION", accessor("VEC3", positions))
    .setAttribute("TEXCOORD_0", accessor("VEC2", coordinates))
    .setIndices(accessor("SCALAR", indices))
    .setMaterial(materialOf(document, surface));
}

function materialOf(
  document: Document,
  { name, texture: { bytes, mediaType }, isSoft }: Omit<TexturedMesh, "mesh">,
): Material {
  const texture = document.createTexture(name).setImage(bytes.slice()).setMimeType(mediaType);
  const material = document
    .createMaterial(name)
    .setBaseColorTexture(texture)
    .setMetallicFactor(0)
    .setRoughnessFactor(1)
    .setAlphaMode(isSoft ? "BLEND" : "OPAQUE");
  material.getBaseColorTextureInfo()?.setWrapS(CLAMP_TO_EDGE).setWrapT(CLAMP_TO_EDGE);
  return material;
}

/** Positions in the world, texture coordinates with row 0 at the top, and indices. */
export function arraysOf({ vertices, indices }: Mesh, world: World) {
  const count = vertices.length / VERTEX_FLOATS;
  const positions = new Float32Array(3 * count);
  const coordinates = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const x = vertices[VERTEX_FLOATS * i] ?? 0;
    const y = vertices[VERTEX_FLOATS * i + 1] ?? 0;
    positions.set(worldPoint(world, x, y, vertices[VERTEX_FLOATS * i + 2] ?? 0), 3 * i);
    coordinates[2 * i] = (1 + x) / 2;
    coordinates[2 * i + 1] = (1 - y) / 2;
  }
  return {
    ...{ positions, coordinates },
    indices: count <= 65_535 ? Uint16Array.from(indices) : Uint32Array.from(indices),
  };
}
