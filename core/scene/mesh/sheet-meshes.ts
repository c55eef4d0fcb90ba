/**
 * Builds the meshes of both sheets of a scene from one network of triangles. Where a triangle of
 * the back sheet is left out, the front sheet has the same triangle at the same disparity, so that
 * the two together cover the photo without a gap, however far the camera goes.
 */
import type { Extent } from "../geometry.js";
import type { Layers } from "../layers/layers.js";
import { asOnePart, type Mesh, VERTEX_FLOATS } from "./mesh.js";
import { mirroredMesh } from "./mirrored.js";
import {
  BELOW,
  CUT,
  HIDDEN,
  RIM,
  type SheetCells,
  type SheetTexels,
  SOFT,
  sheetCells,
  sheetTexels,
  VISIBLE,
  WALL,
} from "./sheet-cells.js";
import { SheetTriangles } from "./sheet-triangles.js";
import { type SplitRule, splitNetwork, visitTriangles } from "./texel-network.js";

/** In the order in which they are drawn. */
export interface SheetMeshes {
  /** The opaque part of the front sheet. */
  readonly front: Mesh;
  /** The back sheet, where the front sheet may uncover it or has no opaque triangle. */
  readonly back: Mesh;
  /** The part of the front sheet with a soft edge, the farthest triangles first. */
  readonly rim: Mesh;
}

export interface SheetDetail {
  /** Largest distance of a triangle from its sheet, in disparity. */
  readonly meshError: number;
  /** The least step in disparity that is cut. */
  readonly leastStep: number;
  /** Whether small disparities are near: the camera exchanges near and far. */
  readonly inverted: boolean;
  /** Most triangles of all meshes within the photo. A scene that needs more gets larger ones. */
  readonly maxTriangles: number;
}

const SCALE = 65535;

/**
 * Texels from one vertex to the next, from fine to coarse. Near things are grown by four texels,
 * and beyond the cut their coverage is 0 on two or three more, so that larger cells would lose
 * edges.
 */
const SPACINGS = [1, 2, 4];

/** Both sheets as far as the camera path can see, mirrored beyond the photo's edges. */
export function sheetMeshes(layers: Layers, detail: SheetDetail, extent: Extent): SheetMeshes {
  const { inverted, leastStep } = detail;
  const texels = sheetTexels(inverted ? turned(layers) : layers, SCALE * leastStep);
  let triangles = trianglesOf(texels, detail, SPACINGS[0] ?? 1);
  for (const spacing of SPACINGS.slice(1)) {
    if (triangles.count <= detail.maxTriangles) break;
    triangles = trianglesOf(texels, detail, spacing);
  }
  const { front, back, rim } = triangles;
  const seen = (sheet: SheetTriangles): Mesh => mirroredMesh(asOnePart(sheet.mesh(layers)), extent);
  const placed = (mesh: Mesh) => (inverted ? { ...mesh, vertices: turnedBack(mesh) } : mesh);
  return {
    front: placed(seen(front)),
    back: placed(seen(back)),
    rim: placed(farthestFirst(seen(rim))),
  };
}

/** The sheets with near and far exchanged, so that large disparities are near. */
function turned(layers: Layers): Layers {
  const exchanged = (sheet: Uint16Array) => sheet.map((value) => SCALE - value);
  return { ...layers, front: exchanged(layers.front), back: exchanged(layers.back) };
}

function turnedBack({ vertices }: Mesh): Float32Array {
  return vertices.map((value, at) => (at % VERTEX_FLOATS === 2 ? 1 - value : value));
}

function trianglesOf(texels: SheetTexels, { meshError, leastStep }: SheetDetail, spacing: number) {
  const cells = sheetCells(texels, spacing);
  const network = splitNetwork(cells.grid, cells.marks, splitRule(cells, SCALE * meshError));
  const front = new SheetTriangles(cells.grid, cells.front);
  const back = new SheetTriangles(cells.grid, cells.back);
  const rim = new SheetTriangles(cells.grid, cells.front);
  visitTriangles(network, (a, b, c, marks) => {
    const isCut = (marks & CUT) !== 0;
    const isOpaque = (marks & (CUT | SOFT)) === 0;
    if (isOpaque) front.add(a, b, c);
    else if (!isCut && marks & VISIBLE) rim.add(a, b, c);
    else if (marks & RIM) addBothSides(rim, cells, [a, b, c], SCALE * leastStep);
    if (!isOpaque || marks & BELOW) back.add(a, b, c);
  });
  return { front, back, rim, count: front.count + back.count + rim.count };
}

/**
 * Adds a triangle that a cut passes through once for each side that is seen: all of its corners at
 * the depth of that side. Beyond the cut it is transparent, or hidden by the other side.
 */
function addBothSides(
  rim: SheetTriangles,
  { front, seen }: SheetCells,
  corners: readonly [number, number, number],
  step: number,
): void {
  const depths = corners.map((vertex) => front[vertex] ?? 0);
  const [nearest, farthest] = [Math.max(...depths), Math.min(...depths)];
  const isSeen = (isThere: (depth: number) => boolean) =>
    corners.some((vertex) => seen[vertex] && isThere(front[vertex] ?? 0));
  const isOneSide = nearest - farthest <= step;
  if (isOneSide || isSeen((depth) => depth >= nearest - step)) {
    rim.addLevelled(corners, nearest - step, nearest);
  }
  if (!isOneSide && isSeen((depth) => depth < nearest - step)) {
    rim.addLevelled(corners, 0, farthest, farthest + step);
  }
}

/**
 * Legs up to this many texels may be cut where the front sheet is seen: the side beyond the cut is
 * transparent that far.
 */
const CUT_LEGS_TEXELS = 2;

/** `error` is in 16-bit disparity. */
function splitRule({ front, back, grid: { spacing } }: SheetCells, error: number): SplitRule {
  const isBent = (sheet: Uint16Array, from: number, middle: number, to: number) =>
    Math.abs((sheet[from] ?? 0) + (sheet[to] ?? 0) - 2 * (sheet[middle] ?? 0)) > 2 * error;
  const isRimCut = (marks: number) => (marks & (CUT | RIM)) === (CUT | RIM);
  // The wall at the end of the back sheet shares no triangle with what may be uncovered.
  const isWalledIn = (marks: number) => (marks & (WALL | HIDDEN)) === (WALL | HIDDEN);
  const showsFront = (marks: number) => (marks & (CUT | VISIBLE)) === VISIBLE;
  const showsBack = (marks: number) => (marks & (CUT | HIDDEN)) !== 0 && (marks & WALL) === 0;
  return (from, middle, to, low, high, legs) =>
    isWalledIn(low) ||
    isWalledIn(high) ||
    (legs * spacing > CUT_LEGS_TEXELS && (isRimCut(low) || isRimCut(high))) ||
    ((showsFront(low) || showsFront(high)) && isBent(front, from, middle, to)) ||
    ((showsBack(low) || showsBack(high)) && isBent(back, from, middle, to));
}

/**
 * Steps of disparity by which soft edges are put in order: a sixth of the least that is cut. Within
 * a step, triangles stay beside their neighbors, so that a driver projects their corners once.
 */
const DEPTH_STEPS = 1024;

/**
 * Sorts the triangles by disparity, so that soft edges are blended over what lies behind them. The
 * order is right from every side from which near is in front of far.
 */
function farthestFirst({ vertices, indices }: Mesh): Mesh {
  const disparity = (at: number) => vertices[VERTEX_FLOATS * (indices[at] ?? 0) + 2] ?? 0;
  const steps = new Uint16Array(indices.length / 3);
  /** Where the next triangle of each step goes. */
  const ends = new Uint32Array(DEPTH_STEPS + 2);
  for (let triangle = 0, at = 0; triangle < steps.length; triangle++, at += 3) {
    const mean = (disparity(at) + disparity(at + 1) + disparity(at + 2)) / 3;
    const step = Math.round(DEPTH_STEPS * mean);
    steps[triangle] = step;
    ends[step + 1] = (ends[step + 1] ?? 0) + 3;
  }
  for (let step = 1; step < ends.length; step++)
    ends[step] = (ends[step] ?? 0) + (ends[step - 1] ?? 0);
  const sorted = new Uint32Array(indices.length);
  for (let triangle = 0, at = 0; triangle < steps.length; triangle++, at += 3) {
    const step = steps[triangle] ?? 0;
    const to = ends[step] ?? 0;
    ends[step] = to + 3;
    sorted[to] = indices[at] ?? 0;
    sorted[to + 1] = indices[at + 1] ?? 0;
    sorted[to + 2] = indices[at + 2] ?? 0;
  }
  return { vertices, indices: sorted };
}
