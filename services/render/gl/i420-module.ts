/**
 * Converts a picture to I420 by the processor, in the WebAssembly module of simd/i420.ts: software
 * GL needs five times as long for its passes. The module works in shared memory that also holds the
 * frames, so that nothing is copied.
 */
import { readFileSync } from "node:fs";
import type { Size } from "../../../core/geometry/size.js";
import type { ColorTarget } from "../../../drawing/color-target.js";
import { packagePath } from "../../../kit/process/package-path.js";

/**
 * The beginning of the memory, into which bands of rows are read. They stay in the processor's
 * cache until they are converted.
 */
export const SCRATCH_BYTES = 512 * 1024;

/** The pages of 64 KiB that a WebAssembly memory consists of. */
export const PAGE_BYTES = 64 * 1024;

/** The module converts blocks of as many columns. */
const MIN_WIDTH = 16;

type ConvertRows = (
  rgba: number,
  width: number,
  rows: number,
  lumaRow: number,
  uRow: number,
  vRow: number,
) => void;

/** Whether the module converts pictures of this size; all have even sides. */
export function moduleConverts({ width }: Size): boolean {
  return width >= MIN_WIDTH && bandRows(width) > 0;
}

function bandRows(width: number): number {
  return 2 * Math.floor(SCRATCH_BYTES / (8 * width));
}

let compiled: WebAssembly.Module | undefined;

export class I420Module {
  readonly #scratch: Uint8Array;
  readonly #convertRows: ConvertRows;

  /** `memory` is shared, has at least SCRATCH_BYTES, and holds the frames behind these. */
  constructor(memory: WebAssembly.Memory) {
    compiled ??= new WebAssembly.Module(
      readFileSync(packagePath("dist", "services", "render", "gl", "simd", "i420.wasm")),
    );
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    this.#convertRows = exports.convertRows as ConvertRows;
    this.#scratch = new Uint8Array(memory.buffer, 0, SCRATCH_BYTES);
  }

  /**
   * Reads `picture`, of a size that `moduleConverts`, into `into`: i420Bytes of this memory. The
   * conversion is that of i420-pass.ts within one step of 255; it rounds a block's mean only once.
   */
  read(
    gl: WebGL2RenderingContext,
    { framebuffer, size: { width, height } }: ColorTarget,
    into: Uint8Array,
  ): void {
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.pixelStorei(gl.PACK_ALIGNMENT, 1);
    const luma = into.byteOffset;
    const u = luma + width * height;
    const v = u + (width * height) / 4;
    const band = bandRows(width);
    for (let row = 0; row < height; row += band) {
      const rows = Math.min(band, height - row);
      gl.readPixels(0, row, width, rows, gl.RGBA, gl.UNSIGNED_BYTE, this.#scratch);
      // GL's rows are counted from the bottom, those of the planes from the top.
      const lumaRow = height - 1 - row;
      const chromaOffset = (((lumaRow - 1) / 2) * width) / 2;
      this.#convertRows(0, width, rows, luma + lumaRow * width, u + chromaOffset, v + chromaOffset);
    }
  }
}
