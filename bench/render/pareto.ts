/**
 * Milliseconds per frame at 1080p against how closely one surface, stretched over edges, follows
 * the map: dB from a converged march at 960×540, for several meshes with and without refinement.
 */

import Delatin from "delatin";
import type { Size } from "../../core/geometry/size.js";
import { visibleExtent } from "../../core/scene/geometry.js";
import { adaptiveMesh, sample } from "../../core/scene/mesh/adaptive.js";
import {
  asOnePart,
  type Mesh,
  REFINEMENTS,
  type SceneMesh,
  VERTEX_FLOATS,
} from "../../core/scene/mesh/mesh.js";
import { mirroredMesh } from "../../core/scene/mesh/mirrored.js";
import { QUALITIES } from "../../core/scene/quality.js";
import { gridMesh } from "../../testing/render/grid.js";
import { Case } from "../../testing/render/measure.js";
import type { BenchScene } from "../../testing/render/scenes.js";
import type { Stage } from "../../testing/render/stage.js";
import { type BenchLine, figuresOf } from "../../testing/report-lines.js";

const PRESET = "circle";

const MESHES: readonly (readonly [name: string, build: (scene: BenchScene) => Mesh])[] = [
  ["grid 160×90", (scene) => gridMesh(scene.disparity, scene.disparitySize, 14_400)],
  ["grid 320×180", (scene) => gridMesh(scene.disparity, scene.disparitySize, 57_600)],
  ["Delaunay 400, .02", (scene) => delaunayMesh(scene.disparity, scene.disparitySize, 400, 0.02)],
  ["adaptive 257², .01", (scene) => adaptiveMesh(scene.disparity, scene.disparitySize, 257, 0.01)],
  ["adaptive 513², .01", (scene) => adaptiveMesh(scene.disparity, scene.disparitySize, 513, 0.01)],
];

/**
 * Each mesh with one refinement everywhere, then the meshes of the qualities, which refine where
 * needed.
 */
export function* pareto(
  full: Stage,
  half: Stage,
  scenes: readonly (BenchScene | undefined)[],
): Generator<BenchLine> {
  for (const scene of scenes) {
    if (!scene) continue;
    const large = new Case(full, scene, PRESET);
    const small = new Case(half, scene, PRESET);
    const reference = small.with(small.build("fast").mesh, (staged) => small.reference(staged));
    const lines = function* (
      name: string,
      atFull: SceneMesh,
      atHalf = atFull,
    ): Generator<BenchLine> {
      const rate = large.with(atFull, (staged) => large.framesPerSecond(staged, "RGBA"));
      const decibels = small.with(atHalf, (staged) => small.decibels(staged, reference));
      const triangles = `${atFull.indices.length / 3} triangles at 1080p`;
      const figure = figuresOf("render", `pareto ${scene.name}, ${name}, ${triangles}`);
      yield figure("frame", 1000 / rate, "ms");
      yield figure("from the march", decibels, "dB");
    };
    const { width, height } = full.frame;
    const { halfSides } = large.geometry("fast");
    const extent = visibleExtent(large.path, width / height, halfSides);
    for (const [name, build] of MESHES) {
      const mesh = build(scene);
      for (const refinement of REFINEMENTS) {
        // A search starts above the map, where these meshes do not lie.
        if (refinement === "search") continue;
        yield* lines(`${name}, ${refinement}`, mirroredMesh(asOnePart(mesh, refinement), extent));
      }
    }
    for (const quality of QUALITIES) {
      yield* lines(quality, large.build(quality).mesh, small.build(quality).mesh);
    }
  }
}

/**
 * The mesh that the adaptive one is compared with: a Delaunay triangulation by greedy insertion
 * (Garland and Heckbert, 1995, as in delatin). It deviates at most `maxError` (in disparity) from a
 * grid of `rows` samples per column with the same density across.
 */
function delaunayMesh(disparity: Uint16Array, size: Size, rows: number, maxError: number): Mesh {
  const columns = Math.round((rows * size.width) / size.height);
  const heights = new Float32Array(columns * rows);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      heights[at] = sample(disparity, size, column / (columns - 1), row / (rows - 1));
    }
  }
  const delatin = new Delatin(heights, columns, rows);
  delatin.run(maxError);
  const { coords, triangles } = delatin;
  const vertices = new Float32Array((coords.length / 2) * VERTEX_FLOATS);
  for (let i = 0; i < coords.length / 2; i++) {
    const column = coords[2 * i] ?? 0;
    const row = coords[2 * i + 1] ?? 0;
    vertices[VERTEX_FLOATS * i] = (2 * column) / (columns - 1) - 1;
    vertices[VERTEX_FLOATS * i + 1] = 1 - (2 * row) / (rows - 1);
    vertices[VERTEX_FLOATS * i + 2] = heights[row * columns + column] ?? 0;
  }
  return { vertices, indices: Uint32Array.from(triangles) };
}
