/**
 * NumPy array files, versions 1 to 3, as depth maps: a dictionary as text, then the samples of a
 * two-dimensional array.
 */
import type { Size } from "../../geometry/size.js";
import {
  MapReader,
  type MapSamples,
  mapCorrupt,
  mapFault,
  mapTruncated,
  SAMPLE_BYTES,
  type SampleType,
} from "./samples.js";

export const NPY_SIGNATURE = "\x93NUMPY";
const MAX_HEADER_BYTES = 65_536;

interface NpyHeader extends Size {
  readonly type: SampleType;
  readonly littleEndian: boolean;
  readonly dataStart: number;
}

/**
 * Size of a whole file. Throws IMAGE_TRUNCATED, IMAGE_CORRUPT, or IMAGE_UNSUPPORTED_FORMAT for
 * other arrays.
 */
export function inspectNpy(bytes: Uint8Array): Size {
  const { width, height, type, dataStart } = header(bytes);
  const end = dataStart + SAMPLE_BYTES[type] * width * height;
  if (end > bytes.length) throw mapTruncated(bytes.length, end);
  return { width, height };
}

/** See `inspectNpy`. */
export function readNpy(bytes: Uint8Array): MapSamples {
  const { width, height, type, littleEndian, dataStart } = header(bytes);
  const reader = new MapReader(bytes);
  reader.require(dataStart, SAMPLE_BYTES[type] * width * height);
  const values = new Float32Array(width * height);
  reader.copySamples(type, littleEndian, dataStart, values.length, values, 0);
  return { values, width, height };
}

function header(bytes: Uint8Array): NpyHeader {
  const reader = new MapReader(bytes);
  reader.require(0, 12);
  if (reader.text(0, 6) !== NPY_SIGNATURE) throw mapCorrupt("it is not a NumPy file");
  const long = reader.view.getUint8(6) >= 2;
  const textStart = long ? 12 : 10;
  const textBytes = long ? reader.view.getUint32(8, true) : reader.view.getUint16(8, true);
  if (textBytes > MAX_HEADER_BYTES) throw mapCorrupt("its NumPy header is too long");
  const dataStart = textStart + textBytes;
  const text = reader.text(textStart, dataStart);
  const descr = /'descr'\s*:\s*'([<>|=])([uf][1248])'/.exec(text);
  const shape = /'shape'\s*:\s*\(([\d\s,]+)\)/.exec(text);
  if (!shape || !/'fortran_order'\s*:\s*(True|False)/.test(text)) {
    throw mapCorrupt("its NumPy header cannot be read");
  }
  const type = descr?.[2] as SampleType | undefined;
  if (!type || !Object.hasOwn(SAMPLE_BYTES, type) || /'fortran_order'\s*:\s*True/.test(text)) {
    throw mapFault(
      "IMAGE_UNSUPPORTED_FORMAT",
      `is a NumPy array of another kind; it must be C-ordered and one of ${Object.keys(SAMPLE_BYTES).join(", ")}`,
    );
  }
  const sides = (shape[1] ?? "")
    .split(",")
    .map((side) => side.trim())
    .filter((side) => side !== "");
  // Machine learning frameworks leave batch and channel axes of size one.
  const long_ = sides.map(Number).filter((side) => side !== 1);
  const [height, width] = sides.length === 2 ? sides.map(Number) : long_;
  if (!height || !width || (sides.length !== 2 && long_.length !== 2)) {
    throw mapFault(
      "IMAGE_UNSUPPORTED_FORMAT",
      `has the shape (${sides.join(", ")}); it must be [height, width]`,
    );
  }
  return { width, height, type, littleEndian: descr?.[1] !== ">", dataStart };
}

/** A version 1 file of float32 `values` [height, width], little endian. */
export function writeNpy({ values, width, height }: MapSamples): Uint8Array {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  // Samples begin at a multiple of 64 bytes, and the text ends with a line feed.
  const dataStart = 64 * Math.ceil((10 + dictionary.length + 1) / 64);
  const text = `${dictionary.padEnd(dataStart - 11)}\n`;
  const bytes = new Uint8Array(dataStart + 4 * values.length);
  const head = `${NPY_SIGNATURE}\x01\x00`;
  for (let i = 0; i < head.length; i++) bytes[i] = head.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, text.length, true);
  for (let i = 0; i < text.length; i++) bytes[10 + i] = text.charCodeAt(i);
  for (const [i, value] of values.entries()) view.setFloat32(dataStart + 4 * i, value, true);
  return bytes;
}
