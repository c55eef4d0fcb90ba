/** The programs that draw the surfaces of a scene, compiled when they are first needed. */
import { REFINEMENTS, type Refinement } from "../../../core/scene/mesh/mesh.js";
import { linkProgram, type Program } from "./program.js";
import type { Sheet } from "./sheets.js";

/**
 * What a program writes: an opaque surface with its disparity in alpha; a soft one with its
 * coverage in alpha, which is blended; or the disparity of a soft one where it covers more than
 * half.
 */
export const SURFACES = ["solid", "soft", "soft-disparity"] as const;
export type Surface = (typeof SURFACES)[number];

/** The uniforms of scene.frag that only some refinements have. */
const UNIFORMS = {
  none: [],
  "fixed-point": ["disparityMap", "raySlope"],
  secant: ["disparityMap", "raySlope"],
  search: ["disparityMap", "raySlope", "longestStep"],
} as const satisfies Record<Refinement, readonly string[]>;
const COMMON_UNIFORMS = ["projection", "halfSides", "photo"] as const;

type RefinementUniform = (typeof UNIFORMS)[Refinement][number];
export type SceneProgram = Program<(typeof COMMON_UNIFORMS)[number]> & {
  readonly uniforms: Readonly<Partial<Record<RefinementUniform, WebGLUniformLocation>>>;
};

/** One program per refinement, surface and edge mode (mirrored or black). */
export class ScenePrograms {
  readonly #gl: WebGL2RenderingContext;
  readonly #linked = new Map<string, SceneProgram>();

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
  }

  /** Compiles the programs of a scene in advance, so that its first frame is not slow. */
  link(sheets: readonly Sheet[]): void {
    for (const { mesh, isSoft } of sheets) {
      for (const { refinement } of mesh.parts) this.of(refinement, true, isSoft ? "soft" : "solid");
    }
  }

  of(refinement: Refinement, mirror: boolean, surface: Surface): SceneProgram {
    const key = `${refinement} ${mirror} ${surface}`;
    const known = this.#linked.get(key);
    if (known) return known;
    const names = [...COMMON_UNIFORMS, ...UNIFORMS[refinement]];
    const made = linkProgram(this.#gl, "scene.vert", "scene.frag", names, {
      REFINEMENT: REFINEMENTS.indexOf(refinement),
      MIRROR: Number(mirror),
      SURFACE: SURFACES.indexOf(surface),
    });
    this.#linked.set(key, made);
    return made;
  }
}
