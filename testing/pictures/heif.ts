/** Writes HEIF files around pictures that ffmpeg has coded: HEIC, with grids, turns and alpha. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Size } from "../../core/geometry/size.js";

/** A picture coded as HEVC: its configuration and its one frame. */
export interface HevcPicture extends Size {
  readonly configuration: Buffer;
  readonly frame: Buffer;
}

const run = promisify(execFile);

/** Codes raw RGB pixels as one HEVC picture in a pixel format of ffmpeg, such as "yuv420p10le". */
export async function hevcPicture(
  rgb: Uint8Array,
  { width, height }: Size,
  pixelFormat = "yuv420p",
): Promise<HevcPicture> {
  // BT.601 and full range, which HEIF readers assume where no property says otherwise.
  const filter = `scale=out_color_matrix=bt601:out_range=full,format=${pixelFormat}`;
  const child = run(
    "ffmpeg",
    [
      ...["-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${width}x${height}`],
      ...["-i", "pipe:0", "-vf", filter, "-frames:v", "1", "-c:v", "libx265"],
      ...["-x265-params", "log-level=none:crf=4:range=full:info=0", "-f", "hevc", "pipe:1"],
    ],
    { encoding: "buffer", maxBuffer: 2 ** 26 },
  );
  child.child.stdin?.end(rgb);
  const units = nalUnits((await child).stdout);
  const parameterSets = units.filter((unit) => [32, 33, 34].includes(unitType(unit)));
  const slices = units.filter((unit) => unitType(unit) < 32);
  const sps = parameterSets.find((unit) => unitType(unit) === 33);
  if (!sps) throw new Error("the stream has no sequence parameter set");
  return {
    ...{ width, height, frame: Buffer.concat(slices.map(withLength)) },
    configuration: hevcConfiguration(sps, parameterSets, pixelFormat),
  };
}

const unitType = (unit: Buffer) => ((unit[0] ?? 0) >> 1) & 63;

/** The units between the start codes of a byte stream (ITU-T H.265, annex B). */
function nalUnits(stream: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = stream.indexOf("\0\0\x01"); at >= 0; at = stream.indexOf("\0\0\x01", at + 3)) {
    starts.push(at + 3);
  }
  return starts.map((start, index) => {
    let end = starts[index + 1] === undefined ? stream.length : (starts[index + 1] ?? 0) - 3;
    while (stream[end - 1] === 0) end -= 1;
    return stream.subarray(start, end);
  });
}

function withLength(unit: Buffer): Buffer {
  return Buffer.concat([u32(unit.length), unit]);
}

/** The hvcC box's content (ISO/IEC 14496-15, 8.3.3). */
function hevcConfiguration(sps: Buffer, units: readonly Buffer[], pixelFormat: string): Buffer {
  // Profile, tier and level: the 12 bytes after the unit's header and the first byte of the set.
  const raw = Buffer.from(sps.toString("latin1").replaceAll("\0\0\x03", "\0\0"), "latin1");
  const level = raw.subarray(3, 15);
  const chroma = pixelFormat.startsWith("gray")
    ? 0
    : pixelFormat.includes("420")
      ? 1
      : pixelFormat.includes("422")
        ? 2
        : 3;
  const depth = Number(/1[02]/.exec(pixelFormat)?.[0] ?? 8) - 8;
  const fields = Buffer.of(0xf0, 0, 0xfc, 0xfc | chroma, 0xf8 | depth, 0xf8 | depth, 0, 0, 0x0f);
  const arrays = units.map((unit) =>
    Buffer.concat([Buffer.of(0x80 | unitType(unit), 0, 1), u16(unit.length), unit]),
  );
  return Buffer.concat([Buffer.of(1), level, fields, Buffer.of(arrays.length), ...arrays]);
}

/** How a HEIF file shows its picture. */
export interface HeifOptions {
  /** Quarter turns counter-clockwise (irot). */
  readonly turns?: number;
  /** Mirrored top to bottom (0) or left to right (1), after the turn (imir). */
  readonly mirror?: 0 | 1;
  /** EXIF data of its own item, which readers of HEIF ignore for the orientation. */
  readonly exif?: Uint8Array;
  /** Content of a colr box, with its four letters. */
  readonly color?: Uint8Array;
  readonly alpha?: HevcPicture;
  /** Tiles of a grid, row by row; the size of the whole may be smaller than all tiles. */
  readonly grid?: { readonly tiles: readonly HevcPicture[]; readonly columns: number } & Size;
}

interface Item {
  readonly type: string;
  readonly data: Uint8Array;
  readonly properties: readonly Buffer[];
  readonly hidden?: boolean;
}

/** A file whose primary item is `picture`, or the grid in the options. */
export function heicFile(picture: HevcPicture | undefined, options: HeifOptions = {}): Buffer {
  const { grid, alpha, exif } = options;
  const shown = displayProperties(options);
  const items: Item[] = [];
  const references: Buffer[] = [];
  if (grid) {
    const rows = grid.tiles.length / grid.columns;
    const layout = Buffer.concat([
      Buffer.of(0, 0, rows - 1, grid.columns - 1),
      ...[u16(grid.width), u16(grid.height)],
    ]);
    items.push({ type: "grid", data: layout, properties: [extent(grid), ...shown] });
    for (const tile of grid.tiles) items.push({ ...codedItem(tile), hidden: true });
    references.push(
      reference(
        "dimg",
        1,
        grid.tiles.map((_, index) => index + 2),
      ),
    );
  } else if (picture) {
    const coded = codedItem(picture);
    items.push({ ...coded, properties: [...coded.properties, ...shown] });
  }
  if (alpha) {
    const auxiliary = fullBox("auxC", Buffer.from("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"));
    const coded = codedItem(alpha);
    items.push({ ...coded, properties: [...coded.properties, auxiliary, ...shown], hidden: true });
    references.push(reference("auxl", items.length, [1]));
  }
  if (exif) {
    items.push({ type: "Exif", data: Buffer.concat([u32(0), exif]), properties: [] });
    references.push(reference("cdsc", items.length, [1]));
  }
  return assemble(items, references);
}

function codedItem(picture: HevcPicture): Item {
  const { frame, configuration } = picture;
  return { type: "hvc1", data: frame, properties: [box("hvcC", configuration), extent(picture)] };
}

function displayProperties({ turns, mirror, color }: HeifOptions): Buffer[] {
  return [
    ...(color ? [box("colr", color)] : []),
    ...(turns === undefined ? [] : [box("irot", Buffer.of(turns))]),
    ...(mirror === undefined ? [] : [box("imir", Buffer.of(mirror))]),
  ];
}

/** ftyp, meta with the tables of all items, and mdat with their data. */
function assemble(items: readonly Item[], references: readonly Buffer[]): Buffer {
  const brands = box("ftyp", Buffer.from("heic\0\0\0\0mif1heic", "latin1"));
  const properties = items.flatMap((item) => item.properties);
  const meta = (dataAt: number) => {
    let at = dataAt;
    let property = 0;
    const places = items.map((item, index) => {
      const place = Buffer.concat([u16(index + 1), u16(0), u16(1), u32(at), u32(item.data.length)]);
      at += item.data.length;
      return place;
    });
    const associations = items.map((item, index) => {
      const numbers = item.properties.map(() => ++property);
      return Buffer.concat([u16(index + 1), Buffer.of(numbers.length, ...numbers)]);
    });
    const entries = items.map(({ type, hidden }, index) =>
      fullBox(
        "infe",
        Buffer.concat([u16(index + 1), u16(0), Buffer.from(`${type}\0`)]),
        2,
        hidden ? 1 : 0,
      ),
    );
    return fullBox(
      "meta",
      Buffer.concat([
        fullBox("hdlr", Buffer.concat([u32(0), Buffer.from("pict"), Buffer.alloc(13)])),
        fullBox("pitm", u16(1)),
        fullBox("iloc", Buffer.concat([Buffer.of(0x44, 0), u16(items.length), ...places])),
        fullBox("iinf", Buffer.concat([u16(items.length), ...entries])),
        ...(references.length > 0 ? [fullBox("iref", Buffer.concat(references))] : []),
        box(
          "iprp",
          Buffer.concat([
            box("ipco", Buffer.concat(properties)),
            fullBox("ipma", Buffer.concat([u32(items.length), ...associations])),
          ]),
        ),
      ]),
    );
  };
  const dataAt = brands.length + meta(0).length + 8;
  const data = box("mdat", Buffer.concat(items.map((item) => item.data)));
  return Buffer.concat([brands, meta(dataAt), data]);
}

function extent({ width, height }: Size): Buffer {
  return fullBox("ispe", Buffer.concat([u32(width), u32(height)]));
}

function reference(type: string, from: number, to: readonly number[]): Buffer {
  return box(type, Buffer.concat([u16(from), u16(to.length), ...to.map(u16)]));
}

function box(type: string, content: Uint8Array): Buffer {
  return Buffer.concat([u32(8 + content.length), Buffer.from(type, "latin1"), content]);
}

function fullBox(type: string, content: Uint8Array, version = 0, flags = 0): Buffer {
  return box(type, Buffer.concat([Buffer.of(version, 0, 0, flags), content]));
}

function u16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
