/**
 * Steps over the coefficients of one 8×8 block in a JPEG scan, without their values (ITU-T T.81,
 * annexes F and G).
 */
import type { HuffmanTable, ScanBits } from "./jpeg-bits.js";

/** The parameters of a scan that decide how its blocks are coded. */
export interface ScanKind {
  readonly progressive: boolean;
  /** First and last coefficient, 0 to 63; the DC coefficient is number 0. */
  readonly first: number;
  readonly last: number;
  /** Whether the scan adds one bit to coefficients that an earlier scan has begun. */
  readonly refines: boolean;
}

/** The tables of a component in a scan. */
export interface BlockTables {
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
}

const LAST_COEFFICIENT = 63;

/** Blocks of one scan between two restarts. `nonZero` has two words of 32 flags for each block. */
export class BlockSteps {
  readonly bits: ScanBits;
  readonly kind: ScanKind;
  /** Blocks whose remaining coefficients are zero, in progressive scans. */
  #endRun = 0;

  constructor(bits: ScanBits, kind: ScanKind) {
    this.bits = bits;
    this.kind = kind;
  }

  /** Throws OutOfBits and NoSuchCode. */
  step(tables: BlockTables, nonZero: Uint32Array, block: number): void {
    const { progressive, first, refines } = this.kind;
    if (!progressive) this.#sequential(tables);
    else if (first === 0 && refines) this.#skip(1);
    else if (first === 0) this.#difference(tables.dc);
    else if (refines) this.#refine(tables.ac, nonZero, block);
    else this.#begin(tables.ac, nonZero, block);
  }

  #sequential({ dc, ac }: BlockTables): void {
    this.#difference(dc);
    for (let index = 1; index <= LAST_COEFFICIENT; index++) {
      const symbol = this.bits.symbol(ac);
      const size = symbol & 15;
      if (size === 0 && symbol !== 0xf0) return;
      index += symbol >>> 4;
      this.#skip(size);
    }
  }

  #difference(dc: HuffmanTable): void {
    this.#skip(this.bits.symbol(dc) & 15);
  }

  #begin(ac: HuffmanTable, nonZero: Uint32Array, block: number): void {
    if (this.#endRun > 0) {
      this.#endRun -= 1;
      return;
    }
    for (let index = this.kind.first; index <= this.kind.last; index++) {
      const symbol = this.bits.symbol(ac);
      const run = symbol >>> 4;
      const size = symbol & 15;
      if (size === 0 && run < 15) {
        this.#endRun = 2 ** run + this.bits.read(run) - 1;
        return;
      }
      index += run;
      if (size === 0) continue;
      this.#skip(size);
      mark(nonZero, block, index);
    }
  }

  #refine(ac: HuffmanTable, nonZero: Uint32Array, block: number): void {
    const { first, last } = this.kind;
    let index = first;
    for (; index <= last && this.#endRun === 0; index++) {
      const symbol = this.bits.symbol(ac);
      const size = symbol & 15;
      let run = symbol >>> 4;
      if (size === 0 && run < 15) {
        this.#endRun = 2 ** run + this.bits.read(run);
        break;
      }
      if (size > 0) this.#skip(1);
      for (; index <= last; index++) {
        if (isMarked(nonZero, block, index)) this.#skip(1);
        else if (--run < 0) break;
      }
      if (size > 0 && index <= last) mark(nonZero, block, index);
    }
    if (this.#endRun === 0) return;
    for (; index <= last; index++) if (isMarked(nonZero, block, index)) this.#skip(1);
    this.#endRun -= 1;
  }

  #skip(count: number): void {
    this.bits.read(count);
  }
}

function mark(flags: Uint32Array, block: number, index: number): void {
  if (index > LAST_COEFFICIENT) return;
  const word = 2 * block + (index >>> 5);
  flags[word] = (flags[word] ?? 0) | (1 << (index & 31));
}

function isMarked(flags: Uint32Array, block: number, index: number): boolean {
  return (((flags[2 * block + (index >>> 5)] ?? 0) >>> (index & 31)) & 1) === 1;
}
