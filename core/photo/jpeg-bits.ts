/** Reads the entropy-coded bits of a JPEG scan and its Huffman codes (ITU-T T.81, annex F). */

/** Thrown where the bits end before the data does. */
export class OutOfBits extends Error {}
/** Thrown where no code of the table begins with the next bits. */
export class NoSuchCode extends Error {}

/**
 * A Huffman table by the next 16 bits: the length of the code × 256 + its symbol, 0 for no code.
 */
export type HuffmanTable = Uint16Array;

const CODE_BITS = 16;

/**
 * The table of a DHT segment: 16 counts of codes by length at `at`, then the symbols. Codes that
 * do not fit are left out; the symbols may end early.
 */
export function huffmanTable(bytes: Uint8Array, at: number): HuffmanTable {
  const table = new Uint16Array(2 ** CODE_BITS);
  let code = 0;
  let symbol = at + CODE_BITS;
  for (let length = 1; length <= CODE_BITS; length++) {
    const span = 2 ** (CODE_BITS - length);
    for (let left = bytes[at + length - 1] ?? 0; left > 0; left--) {
      const first = code * span;
      table.fill(length * 256 + (bytes[symbol++] ?? 0), first, first + span);
      code += 1;
    }
    code *= 2;
  }
  return table;
}

/** Bits of one run of entropy-coded data. It stops at the first marker. */
export class ScanBits {
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #heldBits = 0;
  #ended = false;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Offset from which the next marker is to be searched: no marker lies before it. */
  get at(): number {
    return this.#at;
  }

  /** The next symbol. Throws OutOfBits and NoSuchCode. */
  symbol(table: HuffmanTable): number {
    this.#fill();
    const next =
      this.#heldBits >= CODE_BITS
        ? this.#held >>> (this.#heldBits - CODE_BITS)
        : this.#held << (CODE_BITS - this.#heldBits);
    const entry = table[next & 0xffff] ?? 0;
    const length = entry >>> 8;
    if (length > this.#heldBits) throw new OutOfBits();
    if (length === 0) throw this.#heldBits < CODE_BITS ? new OutOfBits() : new NoSuchCode();
    this.#heldBits -= length;
    return entry & 0xff;
  }

  /** The next `count` bits, 0 to 16, as an unsigned number. Throws OutOfBits. */
  read(count: number): number {
    if (count > this.#heldBits) this.#fill();
    if (count > this.#heldBits) throw new OutOfBits();
    this.#heldBits -= count;
    return (this.#held >>> this.#heldBits) & (2 ** count - 1);
  }

  #fill(): void {
    while (this.#heldBits <= 24 && !this.#ended) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || (byte === 0xff && this.#bytes[this.#at + 1] !== 0)) {
        this.#ended = true;
        return;
      }
      this.#held = (this.#held << 8) | byte;
      this.#heldBits += 8;
      this.#at += byte === 0xff ? 2 : 1;
    }
  }
}
