/**
 * Reads pictures as I420 in the way that costs this machine less: by passes of GL, or by the
 * processor. Graphics cards convert in passing and read back slowly; software GL has the picture in
 * memory already, and its passes are slower than the module.
 */
import type { Size } from "../../../core/geometry/size.js";
import { i420Bytes } from "../../../core/geometry/size.js";
import { type ColorTarget, createColorTarget } from "../../../drawing/color-target.js";
import { I420Module, moduleConverts, PAGE_BYTES, SCRATCH_BYTES } from "./i420-module.js";
import {
  convertAndRead,
  createI420Targets,
  type I420PassPrograms,
  type I420Targets,
} from "./i420-pass.js";

export type I420Way = "passes" | "module";

/**
 * What each way costs for a frame of 1280×720, in milliseconds of the clock or of all processors,
 * whichever is more: software GL may draw with many of them. The cheaper way is taken.
 */
export interface I420Choice {
  readonly way: I420Way;
  readonly passesMs: number;
  readonly moduleMs: number;
}

/** Large enough that the pixels decide and not the calls. */
const PROBE_SIZE: Size = { width: 1280, height: 720 };
/** The first of each way compiles. The cheapest of the others counts, whatever else runs. */
const PROBES = 3;

export class I420Reader {
  readonly #gl: WebGL2RenderingContext;
  readonly #programs: I420PassPrograms;
  #way: I420Way = "passes";
  #module: I420Module | undefined;

  constructor(gl: WebGL2RenderingContext, programs: I420PassPrograms) {
    this.#gl = gl;
    this.#programs = programs;
  }

  /** The memory that holds all frames from now on; undefined lets go of the last one. */
  use(memory: WebAssembly.Memory | undefined): void {
    this.#module = memory && new I420Module(memory);
  }

  /** The targets that `read` needs for pictures of this size; undefined where it needs none. */
  targetsFor(size: Size): I420Targets | undefined {
    if (this.#way === "module" && moduleConverts(size)) return undefined;
    return createI420Targets(this.#gl, size);
  }

  /**
   * Reads `picture` into `into`, which is i420Bytes long and lies in the memory given last. Without
   * targets the module converts it.
   */
  read(picture: ColorTarget, targets: I420Targets | undefined, into: Uint8Array): void {
    if (targets) {
      convertAndRead(this.#gl, this.#programs, picture.texture, targets, into);
      return;
    }
    if (!this.#module) throw new Error("the memory for frames is not known");
    this.#module.read(this.#gl, picture, into);
  }

  /** Measures both ways and reads in the cheaper one from now on. */
  choose(): I420Choice {
    const picture = createColorTarget(this.#gl, PROBE_SIZE);
    const targets = createI420Targets(this.#gl, PROBE_SIZE);
    const bytes = SCRATCH_BYTES + i420Bytes(PROBE_SIZE);
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const into = new Uint8Array(memory.buffer, SCRATCH_BYTES, i420Bytes(PROBE_SIZE));
    const inUse = this.#module;
    this.use(memory);
    const passesMs = leastMs(() => this.read(picture, targets, into));
    const moduleMs = leastMs(() => this.read(picture, undefined, into));
    this.#module = inUse;
    targets.free();
    picture.free();
    this.#way = moduleMs < passesMs ? "module" : "passes";
    return { way: this.#way, passesMs, moduleMs };
  }
}

function leastMs(read: () => void): number {
  read();
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < PROBES; i++) {
    const startedAtMs = performance.now();
    const before = process.cpuUsage();
    read();
    const { user, system } = process.cpuUsage(before);
    const costMs = Math.max(performance.now() - startedAtMs, (user + system) / 1000);
    least = Math.min(least, costMs);
  }
  return least;
}
