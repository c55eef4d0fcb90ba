/**
 * GetScene of a real mesh: whoever draws its photo and its depth map gets the pictures of
 * RenderStill.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { uploadFile } from "../client/upload-file.js";
import { collect } from "../kit/rpc/chunks.js";
import { meshClient, outgoingMetadata, readStream, sendRequests } from "../kit/rpc/client.js";
import {
  RenderServiceClient,
  type RenderStillRequest as StageRequest,
  type RenderStillResponse as StageResponse,
} from "../proto/gen/depthmesh/stage/v1/render_service.js";
import {
  type DeepPartial,
  GetSceneRequest,
  PreviewFormat,
  type PreviewPicture,
  type PreviewSource,
  RenderStillRequest,
} from "../proto/gen/depthmesh/v1/preview_service.js";
import { ArtifactKind, Edges, JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { type Fixture, SAMPLE, startFixture, untilEnded } from "../testing/mesh/fixture.js";
import { meanDifference } from "../testing/pictures/mean-difference.js";

const TAU = 0.3;
const PNG = PreviewFormat.PREVIEW_FORMAT_PNG;
const spec = () =>
  JobSpec.fromPartial({
    camera: { preset: "circle" },
    clip: { longestSide: 320 },
    artifacts: [ArtifactKind.ARTIFACT_KIND_POSTER, ArtifactKind.ARTIFACT_KIND_DEPTH],
  });

let fixture: Fixture;
before(async () => {
  fixture = await startFixture({ encode: 0 });
});
after(() => fixture?.close());

const scene = (source: PreviewSource, request: DeepPartial<GetSceneRequest> = {}) =>
  fixture.client.getScene(GetSceneRequest.fromPartial({ source, ...request }));
const ofUpload = (value: string): PreviewSource => ({ kind: { $case: "upload", value } });
const dataOf = (picture: PreviewPicture | undefined) => picture?.data ?? assert.fail("no picture");

/** All samples of a 16-bit gray PNG. */
async function samplesOf(png: Uint8Array): Promise<Uint16Array> {
  const { data } = await sharp(png)
    .toColourspace("grey16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  return new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
}

/** What a render worker draws from these pictures. */
async function drawn(photo: PreviewPicture, depthMap: PreviewPicture): Promise<Buffer> {
  const rgb = await sharp(photo.data).removeAlpha().raw().toBuffer();
  const { buffer, byteOffset, byteLength } = await samplesOf(depthMap.data);
  const [render] = fixture.mesh.children("render");
  const access = fixture.mesh.access.mesh;
  const client = meshClient(RenderServiceClient, render?.address ?? "", { access });
  const value = { spec: spec(), photo, disparity: depthMap };
  async function* requests(): AsyncGenerator<StageRequest> {
    const header = { source: { $case: "scene" as const, value }, taus: [TAU] };
    yield { kind: { $case: "header", value: header } };
    for (let at = 0; at < rgb.length; at += 200_000) {
      yield { kind: { $case: "photoChunk", value: rgb.subarray(at, at + 200_000) } };
    }
    const map = Buffer.from(buffer, byteOffset, byteLength);
    for (let at = 0; at < map.length; at += 200_000) {
      yield { kind: { $case: "disparityChunk", value: map.subarray(at, at + 200_000) } };
    }
  }
  const call = client.renderStill(outgoingMetadata());
  try {
    const sent = sendRequests(call, requests());
    const png: Uint8Array[] = [];
    for await (const { kind } of readStream<StageResponse>(call)) {
      if (kind?.$case === "chunk") png.push(kind.value);
    }
    await sent;
    return Buffer.concat(png);
  } finally {
    client.close();
  }
}

test("the scene of a job is the map that the job stores, and draws the stills of RenderStill", async () => {
  const { client } = fixture;
  const { name } = await client.createJobFromFiles(spec(), { photo: SAMPLE });
  assert.equal((await untilEnded(client, name)).error, undefined);
  const source: PreviewSource = { kind: { $case: "job", value: name } };
  const found = await scene(source, { options: { format: PNG } });
  const { photo, depthMap, notes } = found;
  assert.ok(photo && depthMap);
  assert.deepEqual([found.depthModel, notes], ["depthmesh-tiny", []]);
  assert.deepEqual([found.sourceWidth, found.sourceHeight], [photo.width, photo.height]);
  assert.deepEqual(
    [found.sourceDepthWidth, found.sourceDepthHeight],
    [depthMap.width, depthMap.height],
  );
  const stored = await client.readArtifact(`${name}/artifacts/depth.png`);
  const artifact = Buffer.from(await collect(stored.chunks));
  assert.deepEqual(await samplesOf(depthMap.data), await samplesOf(artifact));
  const options = { longestSide: 320, format: PNG };
  const request = RenderStillRequest.fromPartial({ source, spec: spec(), tau: TAU, options });
  const { picture } = await client.renderStill(request);
  assert.equal(await meanDifference(await drawn(photo, depthMap), dataOf(picture)), 0);
});

test("an upload's scene has its alpha, its model and its size, and keeps to the longest side", async () => {
  const { client, folder } = fixture;
  const size = { width: 90, height: 60 };
  const hole = Buffer.alloc(4 * 30 * 20, 255);
  const file = join(folder, "hole.png");
  const photo = sharp({ create: { ...size, channels: 4, background: "#c03020" } }).composite([
    {
      input: hole,
      raw: { width: 30, height: 20, channels: 4 },
      left: 0,
      top: 0,
      blend: "dest-out",
    },
  ]);
  await writeFile(file, await photo.png().toBuffer());
  const { name } = await uploadFile(client, file);
  const whole = await scene(ofUpload(name), { options: { format: PNG } });
  assert.deepEqual([whole.sourceWidth, whole.sourceHeight], [90, 60]);
  assert.equal(whole.depthModel, "depthmesh-tiny");
  const { data, info } = await sharp(dataOf(whole.photo))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.channels], [90, 60, 4]);
  const pixel = (x: number, y: number) => [
    ...data.subarray(4 * (90 * y + x), 4 * (90 * y + x) + 4),
  ];
  assert.equal(pixel(5, 5)[3], 0);
  assert.deepEqual(pixel(80, 50), [0xc0, 0x30, 0x20, 255]);
  const small = await scene(ofUpload(name), {
    options: { longestSide: 64, format: PreviewFormat.PREVIEW_FORMAT_WEBP },
  });
  assert.deepEqual([small.photo?.width, small.depthMap?.width], [64, 64]);
  assert.deepEqual([small.sourceWidth, small.photo?.mediaType], [90, "image/webp"]);
  assert.equal((await sharp(dataOf(small.photo)).metadata()).hasAlpha, true);
  const jpeg = await scene(ofUpload(name));
  assert.equal(jpeg.photo?.mediaType, "image/jpeg");
  const [red = 0, green = 0, blue = 0] = await sharp(dataOf(jpeg.photo)).raw().toBuffer();
  assert.ok(Math.min(red, green, blue) > 240, "what is transparent is white");
  const still = RenderStillRequest.fromPartial({ source: ofUpload(name) });
  const { data: corner } = await sharp(dataOf((await client.renderStill(still)).picture))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.ok(Math.min(...corner.subarray(0, 3)) > 240, "stills show it as white too");
});

/** A photo with a map in the way of GDepth. */
async function phonePhoto(): Promise<Buffer> {
  const size = { width: 64, height: 48 };
  const samples = Uint8Array.from({ length: 64 * 48 }, (_, i) => 255 - 4 * (i % 64));
  const map = await sharp(samples, { raw: { ...size, channels: 1 } })
    .png()
    .toBuffer();
  const facts =
    'GDepth:Format="RangeInverse" GDepth:Near="1" GDepth:Far="9" GDepth:Mime="image/png"';
  const data = `GDepth:Data="${map.toString("base64")}"`;
  const packet = Buffer.from(`http://ns.adobe.com/xap/1.0/\0<x ${facts} ${data}/>`, "latin1");
  const header = Buffer.from([0xff, 0xe1, 0, 0]);
  header.writeUInt16BE(packet.length + 2, 2);
  const photo = await sharp({ create: { ...size, channels: 3, background: "teal" } })
    .jpeg()
    .toBuffer();
  return Buffer.concat([photo.subarray(0, 2), header, packet, photo.subarray(2)]);
}

test("an upload's map is the one that its job would have: by the edges, and from the camera", async () => {
  const { client } = fixture;
  const { name } = await uploadFile(client, SAMPLE);
  const mapWith = async (spec: DeepPartial<JobSpec>) =>
    samplesOf(dataOf((await scene(ofUpload(name), { spec })).depthMap));
  const stretched = await mapWith({ edges: Edges.EDGES_STRETCH });
  assert.deepEqual(stretched, await mapWith({ depth: { fattenPixels: 2, smoothingPixels: 2 } }));
  assert.notDeepEqual(stretched, await mapWith({}));
  const file = join(fixture.folder, "phone.jpg");
  await writeFile(file, await phonePhoto());
  const { name: phone } = await uploadFile(client, file);
  const camera = await scene(ofUpload(phone));
  assert.deepEqual([camera.depthModel, camera.notes[0]?.code], ["", "DEPTH_EMBEDDED"]);
  const estimated = await scene(ofUpload(phone), { spec: { depth: { embedded: false } } });
  assert.equal(estimated.depthModel, "depthmesh-tiny");
});

test("what is wrong is refused by its reason", async () => {
  const nobody = ofUpload(`uploads/${"0".repeat(26)}`);
  await assert.rejects(scene(nobody), { reason: "UPLOAD_NOT_FOUND" });
  await assert.rejects(scene({}), { reason: "PARAMETER_CONFLICT" });
  await assert.rejects(scene(nobody, { options: { longestSide: 4000 } }), {
    reason: "PARAMETER_OUT_OF_RANGE",
  });
});
