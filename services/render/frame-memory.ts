/**
 * The shared memory in which the GL thread leaves frames: one WebAssembly memory, because the
 * module that converts frames can write nowhere else. It grows as frames need it.
 */
import { DepthmeshError } from "../../core/errors.js";
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

export interface FrameMemoryEvents {
  /** Before the first slot of a memory is taken. */
  begin(memory: WebAssembly.Memory): void;
  /** No frame is in the last memory, and nobody should know it. These are its buffers. */
  giveUp(buffers: readonly WeakRef<object>[]): void;
}

export class FrameMemory {
  readonly #events: FrameMemoryEvents;
  #memory: WebAssembly.Memory | undefined;
  /** One for each size that the memory has had. */
  #buffers: WeakRef<object>[] = [];
  /** In the order of their addresses, and no two of them touch. */
  #free: Range[] = [];
  #takenBytes = 0;

  constructor(events: FrameMemoryEvents) {
    this.#events = events;
  }

  /** What the operating system has to hold, at most. */
  get heldBytes(): number {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  /** Memory for one frame, with whatever is in it. Throws OUT_OF_MEMORY where there is no more. */
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
      this.#events.giveUp(this.#buffers);
    }
  }

  #begin(): WebAssembly.Memory {
    const initial = SCRATCH_BYTES / PAGE_BYTES;
    const memory = new WebAssembly.Memory({ initial, maximum: MAX_PAGES, shared: true });
    this.#free = [];
    this.#memory = memory;
    this.#buffers = [new WeakRef(memory.buffer)];
    this.#events.begin(memory);
    return memory;
  }

  /** Makes room of at least so many bytes at the end. Returns the index of its range. */
  #grow(memory: WebAssembly.Memory, neededBytes: number): number {
    const end = memory.buffer.byteLength;
    const last = this.#free.at(-1);
    const missing = neededBytes - (last?.end === end ? end - last.start : 0);
    try {
      memory.grow(Math.ceil(missing / PAGE_BYTES));
    } catch (cause) {
      const mib = Math.ceil(missing / 2 ** 20);
      const message = `frames have ${Math.floor(end / 2 ** 20)} MiB and there are no ${mib} MiB more, of 4096 at most: lower DEPTHMESH_SLOTS or DEPTHMESH_KEPT_FRAMES_MIB`;
      throw new DepthmeshError("OUT_OF_MEMORY", message, { cause });
    }
    this.#buffers.push(new WeakRef(memory.buffer));
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
