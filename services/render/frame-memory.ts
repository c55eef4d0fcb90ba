/**
 * The shared memory in which the GL thread leaves frames: one WebAssembly memory, because the
 * module that converts frames can write nowhere else. It grows as frames need it.
 */
import { PAGE_BYTES, SCRATCH_BYTES } from "./gl/i420-module.js";

/** All that a module with 32-bit addresses can reach. Only what is used becomes memory. */
const MAX_PAGES = 65_536;

/** Slots begin where a cache line does. */
const ALIGNMENT_BYTES = 64;

/** A memory cannot shrink: a larger one is given up when no frame is in it. */
const HELD_BYTES = 64 * 1024 * 1024;

interface Range {
  readonly start: number;
  readonly end: number;
}

export class FrameMemory {
  readonly #changed: (memory: WebAssembly.Memory | undefined) => void;
  #memory: WebAssembly.Memory | undefined;
  /** In the order of their addresses, and no two of them touch. */
  #free: Range[] = [];
  #takenBytes = 0;

  /**
   * `changed` is called before the first slot of another memory is taken, and with undefined when a
   * memory is given up.
   */
  constructor(changed: (memory: WebAssembly.Memory | undefined) => void) {
    this.#changed = changed;
  }

  /** What the operating system has to hold, at most. */
  get heldBytes(): number {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  /** Memory for one frame, with whatever is in it. Throws a RangeError where there is no more. */
  take(bytes: number): Uint8Array {
    const memory = this.#memory ?? this.#begin();
    const needed = aligned(bytes);
    const found = this.#free.findIndex(({ start, end }) => end - start >= needed);
    const at = found < 0 ? this.#grow(memory, needed) : found;
    const { start, end } = this.#free[at] ?? { start: 0, end: 0 };
    this.#free.splice(at, 1, ...(end > start + needed ? [{ start: start + needed, end }] : []));
    this.#takenBytes += needed;
    return new Uint8Array(memory.buffer, start, bytes);
  }

  /** The slot must come from `take`, and nobody may write it any more. */
  giveBack(slot: Uint8Array): void {
    const bytes = aligned(slot.byteLength);
    this.#takenBytes -= bytes;
    this.#release({ start: slot.byteOffset, end: slot.byteOffset + bytes });
    if (this.#takenBytes === 0 && this.heldBytes > HELD_BYTES) {
      this.#memory = undefined;
      this.#changed(undefined);
    }
  }

  #begin(): WebAssembly.Memory {
    const initial = SCRATCH_BYTES / PAGE_BYTES;
    const memory = new WebAssembly.Memory({ initial, maximum: MAX_PAGES, shared: true });
    this.#free = [];
    this.#memory = memory;
    this.#changed(memory);
    return memory;
  }

  /** Makes room of at least so many bytes at the end. Returns the index of its range. */
  #grow(memory: WebAssembly.Memory, neededBytes: number): number {
    const end = memory.buffer.byteLength;
    const last = this.#free.at(-1);
    const missing = neededBytes - (last?.end === end ? end - last.start : 0);
    memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#release({ start: end, end: memory.buffer.byteLength });
    return this.#free.length - 1;
  }

  #release({ start, end }: Range): void {
    const next = this.#free.findIndex((range) => range.start >= end);
    const at = next < 0 ? this.#free.length : next;
    const before = this.#free[at - 1];
    const after = this.#free[at];
    const joinsBefore = before?.end === start;
    const joinsAfter = after?.start === end;
    const joined = {
      start: joinsBefore ? before.start : start,
      end: joinsAfter ? after.end : end,
    };
    const from = joinsBefore ? at - 1 : at;
    this.#free.splice(from, Number(joinsBefore) + Number(joinsAfter), joined);
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
