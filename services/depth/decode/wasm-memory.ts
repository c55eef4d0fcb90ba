/** Addresses and results in the memory of a WebAssembly module that was compiled from C. */

/** What Emscripten adds to every module. */
export interface WasmModule {
  /** Replaced by a new view when the memory grows: read it anew after every call. */
  readonly HEAPU8: Uint8Array;
  _malloc(sizeBytes: number): number;
  _free(address: number): void;
}

/** Allocations of one piece of work, which are freed together. */
export class WasmMemory {
  readonly #module: WasmModule;
  readonly #cleanUps: (() => void)[] = [];

  constructor(module: WasmModule) {
    this.#module = module;
  }

  /** Address of `sizeBytes` new bytes. Throws RangeError when there is no memory left. */
  allocate(sizeBytes: number): number {
    const address = this.#module._malloc(sizeBytes);
    if (address === 0) throw new RangeError(`no memory for ${sizeBytes} bytes`);
    this.later(() => this.#module._free(address));
    return address;
  }

  /** Address of a copy of `bytes`. */
  copy(bytes: Uint8Array): number {
    const address = this.allocate(bytes.length);
    this.#module.HEAPU8.set(bytes, address);
    return address;
  }

  /** Has `cleanUp` called by `release`, before what was allocated earlier is freed. */
  later(cleanUp: () => void): void {
    this.#cleanUps.push(cleanUp);
  }

  /** The unsigned 32-bit number at `address`. */
  u32(address: number): number {
    const { buffer } = this.#module.HEAPU8;
    return new DataView(buffer).getUint32(address, true);
  }

  /** The text at `address`, up to a zero byte. */
  text(address: number): string {
    const memory = this.#module.HEAPU8;
    const end = memory.indexOf(0, address);
    return address === 0 ? "" : Buffer.from(memory.subarray(address, end)).toString("latin1");
  }

  release(): void {
    for (const cleanUp of this.#cleanUps.reverse()) cleanUp();
    this.#cleanUps.length = 0;
  }
}
