/**
 * Portable float maps with one channel, as depth maps: three lines of text, then float32 rows from
 * the bottom to the top.
 */
import type { Size } from "../../geometry/size.js";
import { MapReader, type MapSamples, mapCorrupt, mapFault, mapTruncated } from "./samples.js";

/** The text lines of any valid file end within this number of bytes. */
const HEADER_BYTES = 256;

interface PfmHeader extends Size {
  readonly littleEndian: boolean;
  readonly dataStart: number;
}

/**
 * Size of a whole file. Throws IMAGE_TRUNCATED, IMAGE_CORRUPT, or IMAGE_UNSUPPORTED_FORMAT for
 * color.
 */
export function inspectPfm(bytes: Uint8Array): Size {
  const { width, height, dataStart } = header(bytes);
  const end = dataStart + 4 * width * height;
  if (end > bytes.length) throw mapTruncated(bytes.length, end);
  return { width, height };
}

/** See `inspectPfm`. */
export function readPfm(bytes: Uint8Array): MapSamples {
  const { width, height, littleEndian, dataStart } = header(bytes);
  const reader = new MapReader(bytes);
  reader.require(dataStart, 4 * width * height);
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const offset = dataStart + 4 * width * (height - 1 - y);
    reader.copySamples("f4", littleEndian, offset, width, values, y * width);
  }
  return { values, width, height };
}

function header(bytes: Uint8Array): PfmHeader {
  const text = new MapReader(bytes).text(0, Math.min(HEADER_BYTES, bytes.length));
  if (/^PF\s/.test(text)) {
    throw mapFault("IMAGE_UNSUPPORTED_FORMAT", "is a PFM of three channels; it must have one");
  }
  // One whitespace character ends the header; the samples follow.
  const match = /^Pf\s+(\d{1,9})\s+(\d{1,9})\s+([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s/.exec(text);
  if (!match) throw mapCorrupt("its PFM header cannot be read");
  const [whole, width, height, scale] = match;
  // Lines of Windows end with two.
  const isLong = bytes.length === whole.length + 1 + 4 * Number(width) * Number(height);
  const ending = isLong && whole.endsWith("\r") && text[whole.length] === "\n" ? 1 : 0;
  if (Number(width) === 0 || Number(height) === 0 || !(Math.abs(Number(scale)) > 0)) {
    throw mapCorrupt("its PFM header has a zero");
  }
  return {
    width: Number(width),
    height: Number(height),
    littleEndian: Number(scale) < 0,
    dataStart: whole.length + ending,
  };
}

/** A file of `values` [height, width], little endian. */
export function writePfm({ values, width, height }: MapSamples): Uint8Array {
  const head = `Pf\n${width} ${height}\n-1.0\n`;
  const bytes = new Uint8Array(head.length + 4 * values.length);
  for (let i = 0; i < head.length; i++) bytes[i] = head.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = head.length + 4 * ((height - 1 - y) * width + x);
      view.setFloat32(at, values[y * width + x] ?? 0, true);
    }
  }
  return bytes;
}
