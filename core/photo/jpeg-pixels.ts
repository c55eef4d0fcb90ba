/**
 * Tells whether a JPEG holds the data of all its pixels, by stepping over every coefficient. A
 * decoder's warning does not tell: libjpeg warns of stray bytes, which harm nothing, with the same
 * call as of a missing half of the picture, which it fills with gray.
 */
import { huffmanTable, NoSuchCode, OutOfBits, ScanBits } from "./jpeg-bits.js";
import { BlockSteps, type BlockTables, type ScanKind } from "./jpeg-blocks.js";
import type { PixelState } from "./pixel-state.js";

interface Component {
  readonly id: number;
  /** Blocks of an interleaved unit, across and down. */
  readonly across: number;
  readonly down: number;
  /** Blocks of a row, and rows, where a scan holds this component only. */
  readonly columns: number;
  readonly rows: number;
  /** Blocks of a row as stored: whole units. */
  readonly stride: number;
  readonly nonZero: Uint32Array;
}

interface Frame {
  readonly progressive: boolean;
  /** Units of interleaved scans, across and down. */
  readonly unitsAcross: number;
  readonly unitsDown: number;
  readonly components: readonly Component[];
}

interface ScanPart extends BlockTables {
  readonly component: Component;
}

/** Huffman-coded frames: baseline, extended, progressive. */
const SEQUENTIAL = [0xc0, 0xc1];
const PROGRESSIVE = 0xc2;
const DHT = 0xc4;
const EOI = 0xd9;
const SOS = 0xda;
const DRI = 0xdd;

/**
 * The state of the pixels of `bytes`, whose segments inspectJpeg has found sound. Reads about
 * 50 MB/s. A progressive picture is whole when each scan in it is and each component has one.
 */
export function jpegPixels(bytes: Uint8Array): PixelState {
  const tables = new Map<number, number>();
  const seen = new Set<number>();
  let frame: Frame | undefined;
  let restartUnits = 0;
  let at = 2;
  for (;;) {
    const marker = nextMarker(bytes, at);
    if (marker === undefined || bytes[marker - 1] === EOI) break;
    const code = bytes[marker - 1] ?? 0;
    if (isStandalone(code)) {
      at = marker;
      continue;
    }
    const end = marker + u16(bytes, marker);
    if (end > bytes.length) return { state: "cut", fault: "a segment is missing" };
    if (code === DHT) findTables(bytes, marker + 2, end, tables);
    if (code === DRI) restartUnits = u16(bytes, marker + 2);
    if (SEQUENTIAL.includes(code) || code === PROGRESSIVE) frame = readFrame(bytes, marker, code);
    at = end;
    if (code !== SOS) continue;
    if (!frame) return { state: "unknown" };
    const scan = readScan(bytes, marker, frame, tables);
    if (!scan) return { state: "damaged", fault: "a scan names a component that is not there" };
    for (const { component } of scan.parts) seen.add(component.id);
    const walk = new ScanWalk(bytes, at, frame, scan, restartUnits);
    const state = walk.run();
    if (state.state !== "whole") return state;
    at = walk.at;
    if (!frame.progressive && seen.size === frame.components.length) break;
  }
  if (frame && seen.size === frame.components.length) return { state: "whole" };
  return { state: "cut", fault: "a color component has no data" };
}

interface Scan {
  readonly kind: ScanKind;
  readonly parts: readonly ScanPart[];
}

/** Steps over all units of one scan. */
class ScanWalk {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #frame: Frame;
  readonly #scan: Scan;
  readonly #restartUnits: number;

  constructor(bytes: Uint8Array, at: number, frame: Frame, scan: Scan, restartUnits: number) {
    this.at = at;
    this.#bytes = bytes;
    this.#frame = frame;
    this.#scan = scan;
    this.#restartUnits = restartUnits;
  }

  run(): PixelState {
    const { parts } = this.#scan;
    const single = parts.length === 1 ? parts[0]?.component : undefined;
    const columns = single?.columns ?? this.#frame.unitsAcross;
    const units = columns * (single?.rows ?? this.#frame.unitsDown);
    const every = this.#restartUnits || units;
    let unit = 0;
    try {
      for (let restarts = 0; unit < units; restarts++) {
        if (restarts > 0 && !this.#restart(restarts - 1)) {
          return { state: "damaged", fault: `a restart marker is missing at unit ${unit}` };
        }
        const steps = new BlockSteps(new ScanBits(this.#bytes, this.at), this.#scan.kind);
        for (const last = Math.min(units, unit + every); unit < last; unit++) {
          if (single)
            this.#block(steps, parts[0], single, unit % columns, Math.floor(unit / columns));
          else this.#unit(steps, unit % columns, Math.floor(unit / columns));
        }
        this.at = steps.bits.at;
      }
      return { state: "whole" };
    } catch (thrown) {
      const fault = `its data stops fitting at unit ${unit} of ${units}`;
      if (thrown instanceof OutOfBits) return { state: "cut", fault };
      if (thrown instanceof NoSuchCode) return { state: "damaged", fault };
      throw thrown;
    }
  }

  #unit(steps: BlockSteps, column: number, row: number): void {
    for (const part of this.#scan.parts) {
      const { component } = part;
      for (let y = 0; y < component.down; y++) {
        for (let x = 0; x < component.across; x++) {
          const left = column * component.across + x;
          this.#block(steps, part, component, left, row * component.down + y);
        }
      }
    }
  }

  #block(
    steps: BlockSteps,
    part: ScanPart | undefined,
    { nonZero, stride }: Component,
    column: number,
    row: number,
  ): void {
    if (part) steps.step(part, nonZero, row * stride + column);
  }

  /** Whether the next marker is restart number `index`; stray bytes before it are skipped. */
  #restart(index: number): boolean {
    const marker = nextMarker(this.#bytes, this.at);
    if (marker === undefined || this.#bytes[marker - 1] !== 0xd0 + (index % 8)) return false;
    this.at = marker;
    return true;
  }
}

/** Where the segment of the next marker at or after `at` begins: after the byte of its code. */
function nextMarker(bytes: Uint8Array, at: number): number | undefined {
  let start = bytes.indexOf(0xff, at);
  while (start >= 0 && start + 1 < bytes.length) {
    const code = bytes[start + 1] ?? 0;
    if (code !== 0 && code !== 0xff) return start + 2;
    start = bytes.indexOf(0xff, start + (code === 0 ? 2 : 1));
  }
  return undefined;
}

function isStandalone(code: number): boolean {
  return code === 0x01 || (code >= 0xd0 && code <= 0xd8);
}

/** Notes where each table of a DHT segment begins; it is made when a scan uses it. */
function findTables(bytes: Uint8Array, at: number, end: number, tables: Map<number, number>): void {
  for (let table = at; table + 17 <= end; ) {
    tables.set(bytes[table] ?? 0, table + 1);
    let symbols = 0;
    for (let length = 0; length < 16; length++) symbols += bytes[table + 1 + length] ?? 0;
    table += 17 + symbols;
  }
}

function readFrame(bytes: Uint8Array, at: number, code: number): Frame {
  const height = u16(bytes, at + 3);
  const width = u16(bytes, at + 5);
  const count = bytes[at + 7] ?? 0;
  const shapes = Array.from({ length: count }, (_, index) => {
    const sampling = bytes[at + 9 + 3 * index] ?? 0x11;
    return { id: bytes[at + 8 + 3 * index] ?? 0, across: sampling >> 4, down: sampling & 15 };
  });
  const mostAcross = Math.max(1, ...shapes.map(({ across }) => across));
  const mostDown = Math.max(1, ...shapes.map(({ down }) => down));
  const unitsAcross = Math.ceil(width / (8 * mostAcross));
  const unitsDown = Math.ceil(height / (8 * mostDown));
  const progressive = code === PROGRESSIVE;
  const components = shapes.map((shape) => {
    const stride = unitsAcross * shape.across;
    const blocks = progressive ? stride * unitsDown * shape.down : 0;
    return {
      ...shape,
      columns: Math.ceil(Math.ceil((width * shape.across) / mostAcross) / 8),
      rows: Math.ceil(Math.ceil((height * shape.down) / mostDown) / 8),
      stride,
      nonZero: new Uint32Array(2 * blocks),
    };
  });
  return { progressive, unitsAcross, unitsDown, components };
}

const NO_CODES = new Uint16Array(2 ** 16);

/** The scan whose SOS segment begins at `at`; undefined where it names an unknown component. */
function readScan(
  bytes: Uint8Array,
  at: number,
  frame: Frame,
  tables: ReadonlyMap<number, number>,
): Scan | undefined {
  const count = bytes[at + 2] ?? 0;
  const parts: ScanPart[] = [];
  const tableOf = (key: number) => {
    const found = tables.get(key);
    return found === undefined ? NO_CODES : huffmanTable(bytes, found);
  };
  for (let index = 0; index < count; index++) {
    const id = bytes[at + 3 + 2 * index];
    const selectors = bytes[at + 4 + 2 * index] ?? 0;
    const component = frame.components.find((candidate) => candidate.id === id);
    if (!component) return undefined;
    parts.push({ component, dc: tableOf(selectors >> 4), ac: tableOf(0x10 | (selectors & 15)) });
  }
  const rest = at + 3 + 2 * count;
  return {
    parts,
    kind: {
      progressive: frame.progressive,
      first: bytes[rest] ?? 0,
      last: Math.min(63, bytes[rest + 1] ?? 0),
      refines: (bytes[rest + 2] ?? 0) >> 4 !== 0,
    },
  };
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}
