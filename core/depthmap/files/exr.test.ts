/** Which channel and which part of an OpenEXR file are the depth map. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectExr, readExr } from "./exr.js";
import { readPfm, writePfm } from "./pfm.js";

const noInflate = () => assert.fail("nothing is deflated");
const i32 = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);
const attribute = (name: string, type: string, value: Uint8Array) =>
  Buffer.concat([Buffer.from(`${name}\0${type}\0`), i32(value.length), value]);
/** A window by its corners: left, top, right, bottom. */
type Corners = readonly [number, number, number, number];

/**
 * Uncompressed; sample x of line y of channel c is 100 c + 10 y + x, in the window's coordinates.
 */
function exrOf(names: readonly string[], data: Corners = [0, 0, 2, 1], display: Corners = data) {
  const [left, top, right, bottom] = data;
  const width = right - left + 1;
  const list = names.map((name) => Buffer.concat([Buffer.from(`${name}\0`), i32(2, 0, 1, 1)]));
  const head = Buffer.concat([
    i32(20_000_630, 2),
    attribute("channels", "chlist", Buffer.concat([...list, Buffer.of(0)])),
    attribute("compression", "compression", Buffer.of(0)),
    attribute("dataWindow", "box2i", i32(...data)),
    attribute("displayWindow", "box2i", i32(...display)),
    Buffer.of(0),
  ]);
  const lines: Buffer[] = [];
  for (let y = top; y <= bottom; y++) {
    const samples = names.flatMap((_, c) =>
      Array.from({ length: width }, (__, x) => 100 * c + 10 * y + left + x),
    );
    const pixels = Buffer.from(Float32Array.from(samples).buffer);
    lines.push(Buffer.concat([i32(y, pixels.length), pixels]));
  }
  const table = Buffer.alloc(8 * lines.length);
  let at = head.length + table.length;
  for (const [index, line] of lines.entries()) {
    table.writeBigUInt64LE(BigInt(at), 8 * index);
    at += line.length;
  }
  return Buffer.concat([head, table, ...lines]);
}

/** The channel whose samples are read. */
function channelOf(...names: readonly string[]): string | undefined {
  const sorted = [...names].sort();
  const { values } = readExr(exrOf(sorted), noInflate);
  return sorted[Math.floor((values[0] ?? -1) / 100)];
}

test("the channel of depth is found among colors and vectors, as each renderer names it", () => {
  const colors = ["R", "G", "B", "A"];
  for (const name of ["Z", "z", "depth.z", "depth.r", "ZDepth", "VRayZDepth.R", "zdepth.Z"]) {
    assert.equal(channelOf(...colors, "N.X", "N.Y", "N.Z", name), name);
  }
  for (const name of ["View Layer.Depth.V", "FinalImageWorldDepth.R", "cam1.Z", "Z.Z", "depth.Y"]) {
    assert.equal(channelOf(...colors, "N.x", "N.y", "N.z", name), name);
  }
  assert.equal(channelOf("R", "G", "B"), "R");
  assert.equal(channelOf("Y"), "Y");
  assert.equal(channelOf("whatever"), "whatever");
});

test("red beside channels that nobody knows is the color of the photo, and no depth", () => {
  const refused = { reason: "IMAGE_UNSUPPORTED_FORMAT", message: /without a channel of depth/ };
  for (const others of [["hitP"], ["N.X", "N.Y", "N.Z"], ["albedo.R", "albedo.G"]]) {
    const names = ["R", "G", "B", ...others].sort();
    assert.throws(() => inspectExr(exrOf(names)), refused, others.join());
  }
});

test("what is shown is cut out of samples with overscan; a part of a picture stays as it is", () => {
  const overscan = exrOf(["Z"], [-1, -1, 4, 3], [0, 0, 3, 2]);
  assert.deepEqual(inspectExr(overscan), { width: 4, height: 3 });
  const { values, width, height } = readExr(overscan, noInflate);
  assert.deepEqual([width, height], [4, 3]);
  assert.deepEqual([...values], [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);
  const part = readExr(exrOf(["Z"], [2, 1, 4, 2], [0, 0, 9, 9]), noInflate);
  assert.deepEqual([part.width, part.height, part.values[0]], [3, 2, 12]);
});

test("the lines of a PFM's header may end as those of Windows do", () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  const file = Buffer.from(writePfm({ values, width: 3, height: 2 }));
  const text = "Pf\n3 2\n-1.0\n";
  const windows = Buffer.concat([
    Buffer.from(text.replaceAll("\n", "\r\n")),
    file.subarray(text.length),
  ]);
  assert.deepEqual(readPfm(windows).values, values);
  assert.deepEqual(readPfm(file).values, values);
});
