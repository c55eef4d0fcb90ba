/** Gathered messages have the bytes that the generated code writes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { ReadBlobResponse } from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { ReadFramesResponse } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { ConvertResponse } from "../../proto/gen/depthmesh/v1/convert_service.js";
import { JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { seededRandom } from "../../testing/random.js";
import { gather, type MessageEncoder } from "./gathering-writer.js";

/** Around every boundary of a length's varint, and of what is kept in place. */
const SIZES = [0, 1, 127, 128, 129, 4_095, 4_096, 4_097, 16_383, 16_384, 262_144, 1_048_576];
const INTEGERS = [0, 1, 127, 128, 2 ** 21, 2 ** 31 - 1, -1, -(2 ** 31)];

const random = seededRandom(46);
const oneOf = <T>(choices: readonly T[]): T => choices[Math.floor(choices.length * random())] as T;
const data = () => Uint8Array.from({ length: oneOf(SIZES) }, () => 256 * random());
/** A field that no version of the protocol has. */
const later = () => (random() < 0.3 ? { [(99 << 3) | 2]: [Uint8Array.of(2, 7, 8)] } : {});

function gathered<Message>(encoder: MessageEncoder<Message>, message: Message): Buffer {
  const written = gather(encoder, message);
  assert.equal(written.byteLength, written.length);
  const before = 5;
  const framed = Buffer.alloc(before + written.length + 1, 0xee);
  assert.equal(written.copy(framed, before), written.length);
  assert.ok(framed.subarray(0, before).every((byte) => byte === 0xee));
  assert.equal(framed.at(-1), 0xee);
  return framed.subarray(before, -1);
}

function same<Message>(encoder: MessageEncoder<Message>, message: Message): void {
  const expected = encoder.encode(message).finish();
  assert.ok(gathered(encoder, message).equals(expected), `${expected.length} bytes`);
}

test("bands, chunks and fragments have the bytes of the generated code", () => {
  for (let i = 0; i < 200; i++) {
    const band = { frame: oneOf(INTEGERS), offsetBytes: oneOf(INTEGERS), data: data() };
    same(ReadFramesResponse, {
      kind: { $case: "band", value: { ...band, _unknownFields: later() } },
      _unknownFields: later(),
    });
    same(ReadBlobResponse, { kind: { $case: "chunk", value: data() }, _unknownFields: later() });
    const thumbnail = { width: oneOf(INTEGERS), data: data() };
    same(
      ConvertResponse,
      ConvertResponse.fromPartial({ kind: { $case: "depthThumbnail", value: thumbnail } }),
    );
  }
});

test("messages in messages, lists and numbers have them too", () => {
  for (let entries = 0; entries < 200; entries += 7) {
    const outputs = Array.from({ length: entries }, () => ({ crf: oneOf(INTEGERS) }));
    const keyframes = outputs.map((_, i) => ({ tau: i / 7, value: random() }));
    const motion = {
      parameter: "ü😀",
      kind: { $case: "keyframes", value: { keyframes } },
    } as const;
    same(JobSpec, JobSpec.fromPartial({ outputs, motions: [motion, motion], seed: entries }));
  }
});

test("a message is copied when it is sent, not before", () => {
  const value = new Uint8Array(8_192);
  const written = gather(ReadBlobResponse, { kind: { $case: "chunk", value } });
  value.fill(9);
  const copy = Buffer.alloc(written.length);
  written.copy(copy);
  assert.equal(copy.at(-1), 9);
});

test("an integer that its field cannot hold is refused as the generated code refuses it", () => {
  const value = { frame: 2 ** 31, offsetBytes: 0, data: new Uint8Array(8_192) };
  const message: ReadFramesResponse = { kind: { $case: "band", value } };
  assert.throws(() => ReadFramesResponse.encode(message).finish(), /invalid int32/);
  assert.throws(() => gather(ReadFramesResponse, message), /invalid int32/);
});

test("one without its end is refused", () => {
  const encode = (_: null, writer = new BinaryWriter()) => writer.fork();
  assert.throws(() => gather({ encode }, null), /a fork without its join/);
});
