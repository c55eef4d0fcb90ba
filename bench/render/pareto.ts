/** Milliseconds a frame at 1080p against dB at 960×540, for several meshes with and without refinement. */
import { visibleExtent } from "../../core/scene/extent.js";
import { adaptiveMesh } from "../../core/scene/mesh/adaptive.js";
import { asOnePart, type Mesh, REFINEMENTS, type SceneMesh } from "../../core/scene/mesh/mesh.js";
import { mirroredMesh } from "../../core/scene/mesh/mirrored.js";
import { QUALITIES } from "../../core/scene/quality.js";
import { gridMesh } from "../../testing/render/grid.js";
import { Case } from "../../testing/render/measure.js";
import type { BenchScene } from "../../testing/render/scenes.js";
import type { Stage } from "../../testing/render/stage.js";
import { type BenchLine, rounded } from "../report.js";
import { delaunayMesh } from "./delaunay.js";

const PRESET = "circle";

const MESHES: readonly (readonly [name: string, build: (scene: BenchScene) => Mesh])[] = [
  ["grid 160×90", (scene) => gridMesh(scene.disparity, scene.disparitySize, 14_400)],
  ["grid 320×180", (scene) => gridMesh(scene.disparity, scene.disparitySize, 57_600)],
  ["Delaunay 400, .02", (scene) => delaunayMesh(scene.disparity, scene.disparitySize, 400, 0.02)],
  ["adaptive 257², .01", (scene) => adaptiveMesh(scene.disparity, scene.disparitySize, 257, 0.01)],
  ["adaptive 513², .01", (scene) => adaptiveMesh(scene.disparity, scene.disparitySize, 513, 0.01)],
];

/** Every mesh refined everywhere alike; then what the qualities make of it, each triangle as it needs. */
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
      const at = `pareto ${scene.name}, ${name}, ${atFull.indices.length / 3} triangles at 1080p`;
      yield { bench: "render", case: at, metric: "frame", value: rounded(1000 / rate), unit: "ms" };
      yield { bench: "render", case: at, metric: "fidelity", value: rounded(decibels), unit: "dB" };
    };
    const { width, height } = full.frame;
    const { halfSides } = large.geometry("fast");
    const extent = visibleExtent(large.path, width / height, halfSides);
    for (const [name, build] of MESHES) {
      const mesh = build(scene);
      for (const refinement of REFINEMENTS) {
        // A search begins above the map, where these meshes do not lie.
        if (refinement === "search") continue;
        yield* lines(`${name}, ${refinement}`, mirroredMesh(asOnePart(mesh, refinement), extent));
      }
    }
    for (const quality of QUALITIES) {
      yield* lines(quality, large.build(quality).mesh, small.build(quality).mesh);
    }
  }
}
