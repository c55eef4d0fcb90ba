/**
 * EncodeFrames of a real encode service: raw frames of each layout in, segments out, and refused
 * input.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DepthmeshError } from "../core/errors.js";
import { chunksOf } from "../kit/rpc/chunks.js";
import { meshClient, outgoingMetadata, readStream, sendRequests } from "../kit/rpc/client.js";
import {
  EncodeFramesHeader,
  type EncodeFramesRequest,
  type EncodeFramesResponse,
  EncodeServiceClient,
  OddSides,
  RawPixelFormat,
} from "../proto/gen/depthmesh/stage/v1/encode_service.js";
import { SegmentKind } from "../proto/gen/depthmesh/v1/segment.js";
import { Codec, Container } from "../proto/gen/depthmesh/v1/spec.js";
import { FRAME_BAND_BYTES } from "../services/render/read-frames.js";
import { madeFrame } from "../testing/encode/i420-frames.js";
import { decodeWarnings, lumaFrames, probeVideo, rmsDifference } from "../testing/encode/video.js";
import { type Fixture, startFixture } from "../testing/mesh/fixture.js";

let fixture: Fixture;
let encoder: EncodeServiceClient;
before(async () => {
  fixture = await startFixture();
  const { mesh } = fixture;
  const address = mesh.children("encode")[0]?.address ?? "";
  encoder = meshClient(EncodeServiceClient, address, { access: mesh.access.mesh });
});
after(async () => {
  encoder.close();
  await fixture.close();
});

const SIZE = { width: 192, height: 128 };
const CLIP = { ...SIZE, frames: 45, frameRateNumerator: 30, frameRateDenominator: 1 };

function headerOf(changes: Partial<EncodeFramesHeader> = {}): EncodeFramesHeader {
  return EncodeFramesHeader.fromPartial({ ...CLIP, ...changes });
}

function* requestsOf(
  header: EncodeFramesHeader,
  frames: Iterable<Uint8Array>,
): Generator<EncodeFramesRequest> {
  yield { kind: { $case: "header", value: header } };
  for (const frame of frames) {
    for (const band of chunksOf(frame, FRAME_BAND_BYTES)) {
      yield { kind: { $case: "band", value: Buffer.from(band) } };
    }
  }
}

async function encode(
  header: EncodeFramesHeader,
  frames: Iterable<Uint8Array>,
): Promise<EncodeFramesResponse[]> {
  const call = encoder.encodeFrames(outgoingMetadata());
  const sent = sendRequests(call, requestsOf(header, frames));
  sent.catch(() => call.cancel());
  const responses: EncodeFramesResponse[] = [];
  for await (const response of readStream<EncodeFramesResponse>(call)) responses.push(response);
  return responses;
}

function* made(count = CLIP.frames, size = SIZE): Generator<Buffer> {
  for (let i = 0; i < count; i++) yield madeFrame(size, i);
}

const bytesOf = (responses: readonly EncodeFramesResponse[]) =>
  Buffer.concat(responses.map(({ kind }) => (kind?.$case === "chunk" ? kind.value : Buffer.of())));

test("I420 frames give a credit per frame, an init segment, a short fragment, one up to each half second and a summary", async () => {
  const responses = await encode(headerOf(), made());
  let credits = 0;
  const segments: [SegmentKind, number, number][] = [];
  for (const { kind } of responses) {
    if (kind?.$case === "credit") credits += kind.value.frames;
    if (kind?.$case !== "segment") continue;
    segments.push([kind.value.kind, kind.value.firstFrame, kind.value.frames]);
  }
  assert.equal(credits, CLIP.frames + 4);
  const { SEGMENT_KIND_FRAGMENT, SEGMENT_KIND_INIT } = SegmentKind;
  assert.deepEqual(segments, [
    [SEGMENT_KIND_INIT, 0, 0],
    [SEGMENT_KIND_FRAGMENT, 0, 6],
    [SEGMENT_KIND_FRAGMENT, 6, 9],
    [SEGMENT_KIND_FRAGMENT, 15, 15],
    [SEGMENT_KIND_FRAGMENT, 30, 15],
  ]);
  const bytes = bytesOf(responses);
  const last = responses.at(-1)?.kind;
  assert.ok(last?.$case === "summary");
  const { frames, fragments, sizeBytes } = last.value;
  assert.deepEqual([frames, fragments, sizeBytes], [45, 4, bytes.length]);
  const file = join(fixture.folder, "i420.mp4");
  await writeFile(file, bytes);
  assert.equal(await decodeWarnings(file), "");
});

/** A generated frame with its two chroma planes interleaved. */
function toNv12(frame: Buffer): Buffer {
  const luma = SIZE.width * SIZE.height;
  const chroma = luma / 4;
  const woven = Buffer.from(frame);
  for (let i = 0; i < chroma; i++) {
    woven[luma + 2 * i] = frame[luma + i] ?? 0;
    woven[luma + 2 * i + 1] = frame[luma + chroma + i] ?? 0;
  }
  return woven;
}

test("NV12 and RGBA frames give the same picture as I420", async () => {
  const count = 3;
  const header = (pixelFormat: RawPixelFormat) => headerOf({ frames: count, pixelFormat });
  const gray = Array.from({ length: count }, (_, i) => {
    const rgba = Buffer.alloc(4 * SIZE.width * SIZE.height, 255);
    const luma = madeFrame(SIZE, i);
    for (let p = 0; p < SIZE.width * SIZE.height; p++) {
      rgba.fill(Math.round((((luma[p] ?? 0) - 16) * 255) / 219), 4 * p, 4 * p + 3);
    }
    return rgba;
  });
  const layouts: [RawPixelFormat, Iterable<Uint8Array>][] = [
    [RawPixelFormat.RAW_PIXEL_FORMAT_I420, made(count)],
    [RawPixelFormat.RAW_PIXEL_FORMAT_NV12, [...made(count)].map(toNv12)],
    [RawPixelFormat.RAW_PIXEL_FORMAT_RGBA, gray],
  ];
  const shown: Buffer[][] = [];
  for (const [layout, frames] of layouts) {
    const file = join(fixture.folder, `layout-${layout}.mp4`);
    await writeFile(file, bytesOf(await encode(header(layout), frames)));
    shown.push(await lumaFrames(file, SIZE.width, SIZE.height));
  }
  for (const frames of shown.slice(1)) {
    assert.equal(frames.length, count);
    const difference = rmsDifference(frames[1] ?? Buffer.of(), shown[0]?.[1] ?? Buffer.of());
    assert.ok(difference < 2, `${difference} levels`);
  }
});

test("odd sides are cropped or padded as requested, and a container without fragments is one file", async () => {
  const odd = { width: 191, height: 127 };
  for (const [oddSides, width, height] of [
    [OddSides.ODD_SIDES_CROP, 190, 126],
    [OddSides.ODD_SIDES_PAD, 192, 128],
  ] as const) {
    const file = join(fixture.folder, `odd-${oddSides}.mp4`);
    // A denominator of zero means one.
    const header = headerOf({ ...odd, frames: 3, frameRateDenominator: 0, oddSides });
    await writeFile(file, bytesOf(await encode(header, made(3, odd))));
    const facts = await probeVideo(file);
    assert.deepEqual([facts.width, facts.height, facts.nb_read_frames], [width, height, "3"]);
  }
  const output = { container: Container.CONTAINER_GIF, codec: Codec.CODEC_GIF };
  const header = EncodeFramesHeader.fromPartial({ ...CLIP, frames: 3, output });
  const responses = await encode(header, made(3));
  const [segment] = responses.flatMap(({ kind }) =>
    kind?.$case === "segment" ? [kind.value] : [],
  );
  assert.equal(segment?.kind, SegmentKind.SEGMENT_KIND_FILE);
  assert.equal(bytesOf(responses).toString("latin1", 0, 6), "GIF89a");
});

const BAD: [
  string,
  Partial<EncodeFramesHeader>,
  Iterable<Uint8Array>,
  string,
  Record<string, string>,
][] = [
  ["no frames", { frames: 0 }, [], "PARAMETER_OUT_OF_RANGE", { field: "frames", actual: "0" }],
  ["a side of one pixel", { width: 1 }, [], "PARAMETER_OUT_OF_RANGE", { field: "width" }],
  [
    "more than 8K",
    { width: 8192, height: 8192 },
    [],
    "PARAMETER_OUT_OF_RANGE",
    { field: "width", actual: "67108864" },
  ],
  ["an odd side", { height: 127 }, [], "PARAMETER_CONFLICT", { field: "height", actual: "127" }],
  ["no rate", { frameRateNumerator: 0 }, [], "PARAMETER_OUT_OF_RANGE", {}],
  ["a negative rate", { frameRateDenominator: -1 }, [], "PARAMETER_OUT_OF_RANGE", {}],
  [
    "a layout of later days",
    { pixelFormat: 9 as RawPixelFormat },
    [],
    "PARAMETER_UNKNOWN",
    { actual: "9" },
  ],
  [
    "half a frame too few",
    { frames: 2 },
    [madeFrame(SIZE, 0), madeFrame(SIZE, 1).subarray(100)],
    "PARAMETER_CONFLICT",
    { expected_bytes: "73728", actual_bytes: "73628" },
  ],
  ["a frame too many", { frames: 2 }, made(3), "PARAMETER_CONFLICT", { expected_bytes: "73728" }],
];
for (const [what, changes, frames, reason, metadata] of BAD) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(encode(headerOf(changes), frames), (error) => {
      assert.ok(error instanceof DepthmeshError);
      assert.equal(error.reason, reason, error.message);
      for (const [key, value] of Object.entries(metadata)) assert.equal(error.metadata[key], value);
      return true;
    });
  });
}

test("the first message must be the header", async () => {
  const call = encoder.encodeFrames(outgoingMetadata());
  call.write({ kind: { $case: "band", value: Buffer.alloc(10) } });
  await assert.rejects(
    readStream<EncodeFramesResponse>(call).next(),
    (error) => error instanceof DepthmeshError && error.reason === "PARAMETER_CONFLICT",
  );
});
