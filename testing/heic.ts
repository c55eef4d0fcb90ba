/** Small HEIC files for tests: an HEVC picture of ffmpeg's, in the boxes of HEIF. */
import { spawnSync } from "node:child_process";
import type { Sharp } from "sharp";

/** The colr property, or none. */
export type HeicColor =
  | { readonly nclx: readonly [primaries: number, transfer: number] }
  | { readonly profile: Uint8Array }
  | undefined;

/** A HEIC of 4:2:0, full range and the matrix of BT.601, with 8 or 10 bits. */
export async function heic(picture: Sharp, bits: 8 | 10, color?: HeicColor): Promise<Buffer> {
  const wide = picture.toColourspace("rgb16").raw({ depth: "ushort" });
  const { data, info } = await wide.toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const { configuration, sample } = encodeHevc(data, `${width}x${height}`, bits);
  const properties = [
    box("hvcC", configuration),
    fullBox("ispe", uint32(width), uint32(height)),
    ...colorProperty(color),
  ];
  const metaOf = (dataAt: number) =>
    fullBox(
      "meta",
      fullBox("hdlr", uint32(0), text("pict"), Buffer.alloc(13)),
      fullBox("pitm", uint16(1)),
      // Offsets and lengths of four bytes; one item with one extent.
      fullBox(
        "iloc",
        uint16(0x4400),
        uint16(1),
        uint16(1),
        uint16(0),
        uint16(1),
        uint32(dataAt),
        uint32(sample.length),
      ),
      fullBox("iinf", uint16(1), itemEntry()),
      box(
        "iprp",
        box("ipco", ...properties),
        fullBox(
          "ipma",
          uint32(1),
          uint16(1),
          Buffer.of(properties.length, ...properties.keys()).map((n, i) => (i === 0 ? n : n + 1)),
        ),
      ),
    );
  const brands = box("ftyp", text("heic"), uint32(0), text("mif1heic"));
  const dataAt = brands.length + metaOf(0).length + 8;
  return Buffer.concat([brands, metaOf(dataAt), box("mdat", sample)]);
}

function encodeHevc(rgb48: Buffer, size: string, bits: 8 | 10) {
  const { stdout, stderr, status } = spawnSync(
    "ffmpeg",
    [
      ...["-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", size, "-i", "-"],
      ...["-frames:v", "1", "-vf", "scale=out_color_matrix=bt601:out_range=full"],
      ...["-pix_fmt", bits === 8 ? "yuv420p" : "yuv420p10le", "-c:v", "libx265"],
      ...["-x265-params", "log-level=none:crf=2:range=full", "-tag:v", "hvc1"],
      ...["-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-"],
    ],
    { input: rgb48, maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`ffmpeg makes no HEVC: ${stderr}`);
  return { configuration: bodyOf(stdout, "hvcC"), sample: bodyOf(stdout, "mdat") };
}

/** The body of the first box of a type, at whatever depth. */
function bodyOf(file: Buffer, type: string): Buffer {
  const at = file.indexOf(type, 0, "latin1") - 4;
  return file.subarray(at + 8, at + file.readUInt32BE(at));
}

function itemEntry(): Buffer {
  const entry = fullBox("infe", uint16(1), uint16(0), text("hvc1"), Buffer.alloc(1));
  // Version 2, which names the item's type.
  entry[8] = 2;
  return entry;
}

function colorProperty(color: HeicColor): Buffer[] {
  if (color === undefined) return [];
  if ("profile" in color) return [box("colr", text("prof"), color.profile)];
  const [primaries, transfer] = color.nclx;
  const codes = [uint16(primaries), uint16(transfer), uint16(6), Buffer.of(0x80)];
  return [box("colr", text("nclx"), ...codes)];
}

function box(type: string, ...bodies: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(bodies);
  return Buffer.concat([uint32(body.length + 8), text(type), body]);
}

/** A box of version 0 without flags. */
const fullBox = (type: string, ...bodies: readonly Uint8Array[]) => box(type, uint32(0), ...bodies);
const text = (value: string) => Buffer.from(value, "latin1");
const uint16 = (value: number) => Buffer.of(value >> 8, value & 255);
function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
