/** Makes small ICC profiles for tests. */

/** `curv`: nothing, one gamma, or samples 0…1. `para`: the function's number, then parameters. */
export type IccCurve = { readonly curv: readonly number[] } | { readonly para: readonly number[] };

interface IccParts {
  /** Four characters: "GRAY", "RGB ", "CMYK". */
  readonly space: string;
  /** The connection space, "XYZ " (default) or "Lab ". */
  readonly connection?: string;
  /** Default "mntr". */
  readonly profileClass?: string;
  readonly tags: Readonly<Record<string, IccCurve | Uint8Array>>;
}

export function iccProfile(parts: IccParts): Buffer {
  const entries = Object.entries(parts.tags).map(([name, value]) => ({
    name,
    data: value instanceof Uint8Array ? value : curveTag(value),
  }));
  const header = Buffer.alloc(128);
  header.writeUInt32BE(0x04300000, 8);
  header.write(parts.profileClass ?? "mntr", 12, "latin1");
  header.write(parts.space, 16, "latin1");
  header.write(parts.connection ?? "XYZ ", 20, "latin1");
  header.write("acsp", 36, "latin1");
  for (const [i, value] of [0.9642, 1, 0.8249].entries()) writeFixed(header, value, 68 + 4 * i);
  const table = Buffer.alloc(4 + 12 * entries.length);
  table.writeUInt32BE(entries.length, 0);
  let offset = header.length + table.length;
  for (const [i, { name, data }] of entries.entries()) {
    table.write(name, 4 + 12 * i, "latin1");
    table.writeUInt32BE(offset, 8 + 12 * i);
    table.writeUInt32BE(data.length, 12 + 12 * i);
    offset += Math.ceil(data.length / 4) * 4;
  }
  const padded = entries.map(({ data }) =>
    Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]),
  );
  const profile = Buffer.concat([header, table, ...padded]);
  profile.writeUInt32BE(profile.length, 0);
  return profile;
}

/** A profile of three colorants (XYZ for the white D50) with one curve for all. */
export function matrixProfile(
  colorants: Readonly<Record<"r" | "g" | "b", readonly number[]>>,
  curve: IccCurve,
): Buffer {
  const tags: Record<string, IccCurve | Uint8Array> = {};
  tags.wtpt = xyzTag([0.9642, 1, 0.8249]);
  for (const name of ["r", "g", "b"] as const) {
    tags[`${name}XYZ`] = xyzTag(colorants[name]);
    tags[`${name}TRC`] = curve;
  }
  return iccProfile({ space: "RGB ", tags });
}

/**
 * The same as a table (lut16, ICC.1:2022, 10.10) from linear samples: two steps along each axis are
 * exact, because light adds up.
 */
export function tableProfile(
  colorants: Readonly<Record<"r" | "g" | "b", readonly number[]>>,
): Buffer {
  const head = Buffer.alloc(52);
  head.write("mft2", "latin1");
  head.set([3, 3, 2], 8);
  for (const diagonal of [0, 4, 8]) writeFixed(head, 1, 12 + 4 * diagonal);
  head.writeUInt16BE(2, 48);
  head.writeUInt16BE(2, 50);
  const words: number[] = [...Array(3)].flatMap(() => [0, 65_535]);
  for (let corner = 0; corner < 8; corner++) {
    for (let axis = 0; axis < 3; axis++) {
      const { r, g, b } = colorants;
      const parts = [corner & 4 ? r : [], corner & 2 ? g : [], corner & 1 ? b : []];
      const value = parts.reduce((sum, part) => sum + (part[axis] ?? 0), 0);
      words.push(Math.round(32_768 * Math.max(0, value)));
    }
  }
  words.push(...[...Array(3)].flatMap(() => [0, 65_535]));
  const table = Buffer.alloc(2 * words.length);
  for (const [i, word] of words.entries()) table.writeUInt16BE(word, 2 * i);
  const wtpt = xyzTag([0.9642, 1, 0.8249]);
  return iccProfile({ space: "RGB ", tags: { A2B0: Buffer.concat([head, table]), wtpt } });
}

function xyzTag(values: readonly number[]): Buffer {
  const tag = Buffer.alloc(20);
  tag.write("XYZ ", "latin1");
  for (const [i, value] of values.entries()) writeFixed(tag, value, 8 + 4 * i);
  return tag;
}

function curveTag(curve: IccCurve): Buffer {
  if ("para" in curve) {
    const [type = 0, ...parameters] = curve.para;
    const tag = Buffer.alloc(12 + 4 * parameters.length);
    tag.write("para", "latin1");
    tag.writeUInt16BE(type, 8);
    for (const [i, value] of parameters.entries()) writeFixed(tag, value, 12 + 4 * i);
    return tag;
  }
  const { curv } = curve;
  const tag = Buffer.alloc(12 + 2 * curv.length);
  tag.write("curv", "latin1");
  tag.writeUInt32BE(curv.length, 8);
  const unit = curv.length === 1 ? 256 : 65_535;
  for (const [i, value] of curv.entries()) tag.writeUInt16BE(Math.round(unit * value), 12 + 2 * i);
  return tag;
}

const writeFixed = (buffer: Buffer, value: number, at: number) =>
  buffer.writeInt32BE(Math.round(65_536 * value), at);
