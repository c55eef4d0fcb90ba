/** Segments found in generated boxes, however the bytes are split. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokenBoxes } from "./box-reader.js";
import { SegmentIndex } from "./segment-index.js";

function box(type: string, ...content: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + content.reduce((sum, part) => sum + part.length, 0));
  header.write(type, 4, "latin1");
  return Buffer.concat([header, ...content]);
}

const fullHeader = (...words: number[]) => {
  const bytes = Buffer.alloc(4 + 4 * words.length);
  for (const [i, word] of words.entries()) bytes.writeUInt32BE(word, 4 + 4 * i);
  return bytes;
};

const track = (id: number, ...samples: number[]) =>
  box(
    "traf",
    box("tfhd", fullHeader(id)),
    ...samples.map((count) => box("trun", fullHeader(count, 0))),
  );

const init = Buffer.concat([box("ftyp", Buffer.alloc(16)), box("moov", Buffer.alloc(300))]);
const first = Buffer.concat([
  box("moof", box("mfhd", fullHeader(1)), track(2, 40), track(1, 10, 5)),
  box("mdat", Buffer.alloc(5000)),
]);
/** Its media data has a size of 64 bits. */
const second = Buffer.concat([
  box("moof", box("mfhd", fullHeader(2)), track(1, 7)),
  Buffer.from([0, 0, 0, 1]),
  Buffer.from("mdat"),
  Buffer.from([0, 0, 0, 0, 0, 0, 0, 16 + 90]),
  Buffer.alloc(90),
]);
const file = Buffer.concat([init, first, second]);

for (const step of [1, 7, 4096, file.length]) {
  test(`segments of a stream that comes ${step} bytes at a time`, () => {
    const index = new SegmentIndex();
    let grown = 0;
    for (let at = 0; at < file.length; at += step) {
      if (index.push(file.subarray(at, at + step))) grown += 1;
    }
    assert.ok(grown >= 1 && grown <= 3);
    assert.deepEqual(index.segments, [
      {
        ...{ kind: "init", index: 0, offsetBytes: 0, sizeBytes: init.length },
        ...{ firstFrame: 0, frames: 0 },
      },
      {
        ...{ kind: "fragment", index: 0, offsetBytes: init.length, sizeBytes: first.length },
        ...{ firstFrame: 0, frames: 15 },
      },
      {
        ...{ kind: "fragment", index: 1, offsetBytes: init.length + first.length },
        ...{ sizeBytes: second.length, firstFrame: 15, frames: 7 },
      },
    ]);
    assert.equal(index.frames, 22);
    assert.equal(index.sizeBytes, file.length);
  });
}

test("a box that is smaller than its own header is refused, and a moof beyond all measure", () => {
  assert.throws(() => new SegmentIndex().push(Buffer.from([0, 0, 0, 4, 1, 2, 3, 4])), BrokenBoxes);
  const huge = Buffer.from([0x7f, 0, 0, 0, ...Buffer.from("moof")]);
  assert.throws(() => new SegmentIndex().push(huge), BrokenBoxes);
});

test("a segment counts when its last byte is there", () => {
  const index = new SegmentIndex();
  index.push(file.subarray(0, file.length - 1));
  assert.equal(index.segments.length, 2);
  assert.equal(index.sizeBytes, init.length + first.length);
});
