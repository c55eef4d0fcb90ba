/**
 * Decides which triangles the fragment shader must refine, and how. Where the map is flat, the
 * coarse triangle is exact enough. Where the map changes gently, a fixed-point or secant step from
 * the triangle finds it. Where the map is steep, such steps could jump over an edge, so the
 * triangle is lifted above the map and its fragments walk down their rays.
 */

import type { Size } from "../../geometry/size.js";
import { type Deviation, deviationOf } from "./deviation.js";
import {
  type Mesh,
  type MeshPart,
  REFINEMENTS,
  type Refinement,
  type SceneMesh,
  VERTEX_FLOATS,
} from "./mesh.js";

export interface RefinementLimits {
  /** Errors up to this are not refined, in disparity. */
  readonly maxError: number;
  /** Most texels that a ray crosses while it falls by a disparity of 1. */
  readonly texelsPerDisparity: number;
  /** The most expensive refinement that is allowed. */
  readonly dearest: Refinement;
}

/**
 * Contraction of a fixed-point step, the map's slope along a ray, up to which a step converges: at
 * 1 it would not. What is left after one step is this times the error before it, and after a secant
 * step about its square.
 */
const MAX_CONTRACTION = 0.7;

/**
 * A neighbor of a lifted triangle is searched too if it rises this far above the map, in texels
 * along the ray.
 */
const MAX_STEP_TEXELS = 2;

/** Groups the triangles of `mesh` by the refinement that each needs. */
export function refinedMesh(
  mesh: Mesh,
  disparity: Uint16Array,
  size: Size,
  limits: RefinementLimits,
): SceneMesh {
  const dearest = REFINEMENTS.indexOf(limits.dearest);
  if (dearest === 0) return grouped(mesh, new Uint8Array(mesh.indices.length / 3));
  const deviation = deviationOf(mesh, disparity, size);
  // A cheaper step than the needed one would misplace pixels beside an edge, so the triangle alone
  // gives the better picture.
  const classes = needed(deviation, limits).map((wanted) => (wanted <= dearest ? wanted : 0));
  let lifts = liftsOf(mesh, deviation, classes);
  // A neighbor that is searched too is lifted as well.
  while (raiseNeighbors(mesh, deviation, lifts, classes, limits)) {
    lifts = liftsOf(mesh, deviation, classes);
  }
  return grouped(lifted(mesh, lifts), classes);
}

const SEARCH = REFINEMENTS.indexOf("search");
const FIXED_POINT = REFINEMENTS.indexOf("fixed-point");
const SECANT = REFINEMENTS.indexOf("secant");

/** Index in `REFINEMENTS` by triangle. */
function needed(
  { above, below, steepness }: Deviation,
  { maxError, texelsPerDisparity }: RefinementLimits,
): Uint8Array {
  return Uint8Array.from(above, (over, triangle) => {
    const error = Math.max(over, below[triangle] ?? 0);
    if (error <= maxError) return 0;
    const contraction = (steepness[triangle] ?? 0) * texelsPerDisparity;
    if (contraction > MAX_CONTRACTION) return SEARCH;
    return contraction * error <= maxError ? FIXED_POINT : SECANT;
  });
}

/**
 * For each vertex, how far it must rise so that no searched triangle lies below the map. A triangle
 * that would rise above disparity 1 is placed at 1 completely: if only one corner were limited to
 * 1, the triangle would tilt below the map.
 */
function liftsOf({ indices, vertices }: Mesh, { above }: Deviation, classes: Uint8Array) {
  const lifts = new Float32Array(vertices.length / VERTEX_FLOATS);
  const disparityAt = (at: number) => vertices[VERTEX_FLOATS * (indices[at] ?? 0) + 2] ?? 0;
  for (let triangle = 0; triangle < classes.length; triangle++) {
    if (classes[triangle] !== SEARCH) continue;
    const first = 3 * triangle;
    const over = above[triangle] ?? 0;
    const highest = Math.max(disparityAt(first), disparityAt(first + 1), disparityAt(first + 2));
    for (let at = first; at < first + 3; at++) {
      const vertex = indices[at] ?? 0;
      const lift = highest + over > 1 ? 1 - disparityAt(at) : over;
      lifts[vertex] = Math.max(lifts[vertex] ?? 0, lift);
    }
  }
  return lifts;
}

/**
 * Lifted vertices also lift neighboring triangles, which must then be refined. Returns whether more
 * triangles are searched than before.
 */
function raiseNeighbors(
  { indices }: Mesh,
  { below }: Deviation,
  lifts: Float32Array,
  classes: Uint8Array,
  { maxError, texelsPerDisparity }: RefinementLimits,
): boolean {
  let moreSearched = false;
  for (let triangle = 0; triangle < classes.length; triangle++) {
    const liftAt = (corner: number) => lifts[indices[3 * triangle + corner] ?? 0] ?? 0;
    const lift = Math.max(liftAt(0), liftAt(1), liftAt(2));
    if (lift === 0) continue;
    const gap = lift + (below[triangle] ?? 0);
    if (gap <= maxError) continue;
    const wanted = gap * texelsPerDisparity > MAX_STEP_TEXELS ? SEARCH : SECANT;
    if (wanted <= (classes[triangle] ?? 0)) continue;
    classes[triangle] = wanted;
    moreSearched ||= wanted === SEARCH;
  }
  return moreSearched;
}

function lifted(mesh: Mesh, lifts: Float32Array): Mesh {
  const vertices = mesh.vertices.slice();
  lifts.forEach((lift, vertex) => {
    const at = VERTEX_FLOATS * vertex + 2;
    vertices[at] = Math.min(1, (vertices[at] ?? 0) + lift);
  });
  return { vertices, indices: mesh.indices };
}

/** A counting sort, which keeps triangles near one another together. */
function grouped(mesh: Mesh, classes: Uint8Array): SceneMesh {
  const counts = REFINEMENTS.map(() => 0);
  for (const kind of classes) counts[kind] = (counts[kind] ?? 0) + 1;
  const parts: MeshPart[] = [];
  const next = counts.map(() => 0);
  let firstIndex = 0;
  REFINEMENTS.forEach((refinement, kind) => {
    const indexCount = 3 * (counts[kind] ?? 0);
    next[kind] = firstIndex;
    if (indexCount > 0) parts.push({ refinement, firstIndex, indexCount });
    firstIndex += indexCount;
  });
  const indices = new Uint32Array(mesh.indices.length);
  classes.forEach((kind, triangle) => {
    const to = next[kind] ?? 0;
    indices.set(mesh.indices.subarray(3 * triangle, 3 * triangle + 3), to);
    next[kind] = to + 3;
  });
  return { vertices: mesh.vertices, indices, parts };
}
