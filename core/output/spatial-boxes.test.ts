/** The boxes byte by byte, and a moov whose offsets follow. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { concat } from "../fragments/concat.js";
import { InitRewriter } from "../fragments/init-rewriter.js";
import { STEREO_LAYOUTS } from "../scene/stereo/layout.js";
import { framePacking } from "./frame-packing.js";
import { spatialBoxes, withSpatialBoxes } from "./spatial-boxes.js";

function box(type: string, ...content: readonly Uint8Array[]): Uint8Array {
  const bytes = concat([new Uint8Array(4), Buffer.from(type, "latin1"), ...content]);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  return bytes;
}

const words = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
};

const entry = (type: string, fieldsBytes: number, ...boxes: readonly Uint8Array[]) =>
  box(type, Buffer.alloc(fieldsBytes, 7), ...boxes);

interface Tables {
  readonly stco?: readonly number[];
  readonly co64?: readonly number[];
}

function track(header: string, sampleEntry: Uint8Array, { stco, co64 }: Tables): Uint8Array {
  const tables = [
    ...(stco ? [box("stco", words(0, stco.length, ...stco))] : []),
    ...(co64 ? [box("co64", words(0, co64.length, ...co64.flatMap((v) => [0, v])))] : []),
  ];
  const stsd = box("stsd", words(0, 1), sampleEntry);
  const minf = box("minf", box(header, words(0)), box("stbl", stsd, ...tables));
  return box("trak", box("tkhd", words(0)), box("mdia", minf));
}

const video = (tables: Tables, ...boxes: readonly Uint8Array[]) =>
  track("vmhd", entry("avc1", 78, box("avcC", words(1)), ...boxes), tables);
const sound = (tables: Tables) => track("smhd", entry("mp4a", 28, box("esds", words(1))), tables);
const moov = (...tracks: readonly Uint8Array[]) => box("moov", box("mvhd", words(0)), ...tracks);

const [flat, sphere] = [
  { stereoMode: 2, halfSpheres: false },
  { stereoMode: 2, halfSpheres: true },
] as const;

test("st3d names the layout, sv3d a sphere whose quarter on each side is empty", () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  assert.equal(
    hex(spatialBoxes({ stereoMode: 1, halfSpheres: false })),
    "0000000d737433640000000001",
  );
  const text = Buffer.from("depthmesh\0").toString("hex");
  assert.equal(
    hex(spatialBoxes(sphere)),
    [
      ...["0000000d", "73743364", "00000000", "02"],
      ...["0000005a", "73763364"],
      ...["00000016", "73766864", "00000000", text],
      ...["0000003c", "70726f6a"],
      ...["00000018", "70726864", "00000000", "00000000".repeat(3)],
      ...["0000001c", "65717569", "00000000", "00000000".repeat(2), "40000000".repeat(2)],
    ].join(""),
  );
  assert.equal(spatialBoxes({ halfSpheres: false }).length, 0);
});

test("a moov gets the boxes in its entries of video, and all offsets behind it follow", () => {
  const boxes = spatialBoxes(sphere);
  const before = moov(video({ stco: [100, 2000] }), sound({ co64: [3000] }));
  const expected = moov(
    video({ stco: [100, 2000 + boxes.length] }, boxes),
    sound({ co64: [3000 + boxes.length] }),
  );
  assert.deepEqual(Buffer.from(withSpatialBoxes(before, boxes, 200)), Buffer.from(expected));
});

test("boxes that are there are replaced, and the same boxes change nothing", () => {
  const [old, boxes] = [spatialBoxes(sphere), spatialBoxes(flat)];
  const tagged = moov(video({ stco: [5000] }, old));
  const expected = moov(video({ stco: [5000 + boxes.length - old.length] }, boxes));
  const replaced = withSpatialBoxes(tagged, boxes, 0);
  assert.deepEqual(Buffer.from(replaced), Buffer.from(expected));
  assert.deepEqual(withSpatialBoxes(replaced, boxes, 0), replaced);
});

test("offsets before the moov, and those of fragments, stay", () => {
  const boxes = spatialBoxes(flat);
  const before = moov(video({ stco: [100] }));
  assert.deepEqual(
    Buffer.from(withSpatialBoxes(before, boxes, 4000)),
    Buffer.from(moov(video({ stco: [100] }, boxes))),
  );
  const init = moov(video({ stco: [] }));
  assert.equal(withSpatialBoxes(init, boxes, 24).length, init.length + boxes.length);
});

test("bytes that are no moov, or boxes that do not fit, are refused", () => {
  const boxes = spatialBoxes(flat);
  assert.throws(() => withSpatialBoxes(box("moof"), boxes, 0), RangeError);
  const broken = moov(video({ stco: [100] })).slice();
  new DataView(broken.buffer).setUint32(8, 1e6);
  assert.throws(() => withSpatialBoxes(broken, boxes, 0), RangeError);
  const full = moov(video({ stco: [0xffff_ffff] }));
  assert.throws(() => withSpatialBoxes(full, boxes, 0), RangeError);
});

test("an init segment is changed on its way, however its bytes are split", () => {
  const boxes = spatialBoxes(flat);
  const init = moov(video({ stco: [] }));
  const ftyp = box("ftyp", words(1, 2));
  const fragment = concat([box("moof", words(1)), box("mdat", Buffer.alloc(500, 3))]);
  const file = concat([ftyp, init, fragment]);
  const expected = concat([ftyp, withSpatialBoxes(init, boxes, ftyp.length), fragment]);
  for (const step of [1, 13, 100, file.length]) {
    const rewriter = new InitRewriter((bytes, at) => withSpatialBoxes(bytes, boxes, at));
    const passed: Uint8Array[] = [];
    for (let at = 0; at < file.length; at += step) {
      passed.push(...rewriter.push(file.subarray(at, at + step)));
    }
    assert.deepEqual(Buffer.from(concat(passed)), Buffer.from(expected), `${step} at a time`);
  }
});

test("each layout says what players can be told", () => {
  const said = STEREO_LAYOUTS.map((layout) => {
    const modes = [false, true].map((swapEyes) => framePacking({ layout, swapEyes }));
    return [layout, ...modes.map((each) => each?.stereoMode), modes[1]?.matroskaMode];
  });
  assert.deepEqual(said, [
    ["none", undefined, undefined, undefined],
    ["side-by-side", 2, undefined, "right_left"],
    ["side-by-side-half", 2, undefined, "right_left"],
    ["top-bottom", 1, undefined, "bottom_top"],
    ["top-bottom-half", 1, undefined, "bottom_top"],
    ["anaglyph", undefined, undefined, undefined],
    ["vr180", 2, 2, undefined],
  ]);
});
