/** The programs that draw the surfaces of a scene, compiled when they are first needed. */
import { REFINEMENTS, type Refinement } from "../core/scene/mesh/mesh.js";
import { type DrawingContext, linkProgram, type Program } from "./program.js";
import type { Sheet } from "./sheets.js";

/**
 * What a program writes: an opaque surface; the same with its disparity in alpha; a soft one with
 * its coverage in alpha, which is blended; or the disparity of a soft one where it covers more than
 * half.
 */
export const SURFACES = ["solid", "solid-disparity", "soft", "soft-disparity"] as const;
export type Surface = (typeof SURFACES)[number];

/**
 * How the photo goes on beyond its edges: not at all, in the mirrored copies next to it that are
 * part of a mesh, or mirrored at any distance.
 */
export const BEYOND = ["black", "copies", "endless"] as const;
export type Beyond = (typeof BEYOND)[number];

/** The uniforms of scene.frag that only some refinements have. */
const UNIFORMS = {
  none: [],
  "fixed-point": ["disparityMap", "raySlope"],
  secant: ["disparityMap", "raySlope"],
  search: ["disparityMap", "raySlope", "longestStep"],
} as const satisfies Record<Refinement, readonly string[]>;
const COMMON_UNIFORMS = ["projection", "halfSides", "photo"] as const;

type RefinementUniform = (typeof UNIFORMS)[Refinement][number] | "cutout";
export type SceneProgram = Program<(typeof COMMON_UNIFORMS)[number]> & {
  readonly uniforms: Readonly<Partial<Record<RefinementUniform, WebGLUniformLocation>>>;
};

/** How a scene is drawn. */
export interface Mode {
  readonly beyond: Beyond;
  /** Whether only the foreground is drawn. */
  readonly cutsOut: boolean;
}

/** One program per refinement, surface and mode. */
export class ScenePrograms {
  readonly #context: DrawingContext;
  readonly #linked = new Map<string, SceneProgram>();

  constructor(context: DrawingContext) {
    this.#context = context;
  }

  /** Compiles the programs of a scene in advance, so that its first frame is not slow. */
  link(sheets: readonly Sheet[], cutsOut: boolean): void {
    const mode = { beyond: "copies", cutsOut } as const;
    for (const { mesh, isSoft } of sheets) {
      for (const { refinement } of mesh.parts) this.of(refinement, mode, isSoft ? "soft" : "solid");
    }
  }

  of(refinement: Refinement, { beyond, cutsOut }: Mode, surface: Surface): SceneProgram {
    // Where only disparity is drawn, the shader needs no range.
    const usesRange = cutsOut && surface !== "soft-disparity";
    const key = `${refinement} ${beyond} ${usesRange} ${surface}`;
    const known = this.#linked.get(key);
    if (known) return known;
    const range = usesRange ? (["cutout"] as const) : [];
    const names = [...COMMON_UNIFORMS, ...UNIFORMS[refinement], ...range];
    const made = linkProgram(this.#context, "scene.vert", "scene.frag", names, {
      REFINEMENT: REFINEMENTS.indexOf(refinement),
      MIRROR: BEYOND.indexOf(beyond),
      CUTOUT: Number(usesRange),
      SURFACE: SURFACES.indexOf(surface),
    });
    this.#linked.set(key, made);
    return made;
  }
}
