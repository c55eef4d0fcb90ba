/** The depth stage in a real mesh: cached depth maps, and depth maps that the caller supplies. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { writeNpy } from "../core/depthmap/files/npy.js";
import { writePfm } from "../core/depthmap/files/pfm.js";
import { packagePath } from "../kit/process/package-path.js";
import { collect } from "../kit/rpc/chunks.js";
import { readTrace } from "../kit/telemetry/trace-files.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  ArtifactKind,
  type DeepPartial,
  DepthMapFormat,
  type DepthMapInput,
  DepthMapPolarity,
  JobSpec,
} from "../proto/gen/depthmesh/v1/spec.js";
import { type Fixture, SAMPLE, startFixture, untilEnded, upload } from "../testing/mesh/fixture.js";
import { refusal } from "../testing/refusal.js";

let fixture: Fixture;
let photo: Buffer;
before(async () => {
  fixture = await startFixture({ render: 0, encode: 0 });
  photo = await readFile(SAMPLE);
});
after(() => fixture.close());

type SpecChange = DeepPartial<JobSpec>;

async function depthJob(change: SpecChange, map?: Uint8Array, bytes = photo): Promise<Job> {
  const spec = JobSpec.fromPartial({ artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH], ...change });
  const { client } = fixture;
  const { name } = await client.createJob(spec, {
    photo: upload(bytes),
    depthMap: map && upload(map),
  });
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, job.error?.message);
  return job;
}

const shaOf = (job: Job) => job.artifacts[0]?.sha256 ?? "";
const spansOf = (job: Job) => readTrace(fixture.mesh.traces, job.traceId).map(({ name }) => name);

/** The depth map of a job as 16-bit samples. */
async function samplesOf(job: Job) {
  const { chunks } = await fixture.client.readArtifact(`${job.name}/artifacts/depth.png`);
  const { data, info } = await sharp(await collect(chunks))
    .toColourspace("grey16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const samples = new Uint16Array(new Uint8Array(data).buffer);
  return { samples, width: info.width, height: info.height };
}

test("the same picture hits the cache, also in another file format, and is not inferred again", async () => {
  const first = await depthJob({});
  assert.equal(first.depth?.cacheHit, false);
  assert.ok(spansOf(first).includes("infer"));
  const again = await depthJob({});
  assert.equal(again.depth?.cacheHit, true);
  assert.equal(shaOf(again), shaOf(first));
  assert.ok(!spansOf(again).includes("infer"));
  const tiff = await sharp(photo).tiff({ compression: "lzw" }).toBuffer();
  const other = await depthJob({}, undefined, tiff);
  assert.equal(other.depth?.cacheHit, true);
});

test("another option, size or picture misses the cache", async () => {
  await depthJob({});
  const changes: SpecChange[] = [
    { depth: { fattenPixels: 2 } },
    { depth: { smoothingPixels: 3 } },
    { depth: { longSidePixels: 300 } },
    { depth: { edgeRefinement: 0 } },
  ];
  const maps = new Set<string>();
  for (const change of changes) {
    const job = await depthJob(change);
    assert.equal(job.depth?.cacheHit, false, JSON.stringify(change));
    maps.add(shaOf(job));
  }
  assert.equal(maps.size, changes.length, "each change gives another map");
  const flipped = await sharp(photo).flop().png().toBuffer();
  assert.equal((await depthJob({}, undefined, flipped)).depth?.cacheHit, false);
});

test("the options for size and inversion change the map", async () => {
  const plain = await samplesOf(await depthJob({ depth: { longSidePixels: 200 } }));
  assert.equal(Math.max(plain.width, plain.height), 200);
  const inverted = await samplesOf(
    await depthJob({ depth: { longSidePixels: 200, invert: true } }),
  );
  let covariance = 0;
  const mean = (samples: Uint16Array) => samples.reduce((sum, v) => sum + v, 0) / samples.length;
  const [a, b] = [mean(plain.samples), mean(inverted.samples)];
  for (const [i, value] of plain.samples.entries()) {
    covariance += (value - a) * ((inverted.samples[i] ?? 0) - b);
  }
  assert.ok(covariance < 0);
});

/** A ramp from left to right, [height, width]. */
function ramp(width: number, height: number) {
  const values = Float32Array.from({ length: width * height }, (_, i) => 3 + (i % width));
  return { values, width, height };
}

test("a supplied map replaces the estimate, in every format and polarity", async () => {
  const aspect = ramp(60, 40);
  const sixteen = Uint16Array.from(aspect.values, (value) => 1000 * value);
  const png = await sharp(sixteen, { raw: { width: 60, height: 40, channels: 1 } })
    .toColourspace("grey16")
    .png()
    .toBuffer();
  const raw = new Uint8Array(aspect.values.buffer);
  const rawSize = { format: DepthMapFormat.DEPTH_MAP_FORMAT_FLOAT32, width: 60, height: 40 };
  const cases: [Uint8Array, Partial<DepthMapInput>][] = [
    [writePfm(aspect), {}],
    [writeNpy(aspect), { format: DepthMapFormat.DEPTH_MAP_FORMAT_NPY }],
    [png, {}],
    [raw, rawSize],
  ];
  for (const [bytes, map] of cases) {
    const job = await depthJob({ depth: { map, longSidePixels: 300 } }, bytes);
    assert.deepEqual(job.notes, []);
    assert.ok(!spansOf(job).includes("infer"));
    const { samples, width } = await samplesOf(job);
    assert.ok((samples[0] ?? 1) < 400 && (samples[width - 1] ?? 0) > 65_000);
    const middle = samples[Math.floor(width / 2)] ?? 0;
    assert.ok(Math.abs(middle - 32_768) < 700, `${middle}`);
  }
  const polarity = DepthMapPolarity.DEPTH_MAP_POLARITY_FAR_IS_WHITE;
  const far = await samplesOf(await depthJob({ depth: { map: { polarity } } }, png));
  assert.ok((far.samples[0] ?? 0) > 65_000);
});

test("a supplied map of another aspect or of a single value is used, with a note", async () => {
  const wide = await depthJob({ depth: { map: {} } }, writePfm(ramp(90, 20)));
  assert.deepEqual(
    wide.notes.map(({ stage, code }) => [stage, code]),
    [["depth", "DEPTH_STRETCHED"]],
  );
  assert.equal(wide.notes[0]?.metadata.depth_size, "90×20");
  const flat = { values: new Float32Array(600).fill(0.7), width: 30, height: 20 };
  const job = await depthJob({ depth: { map: {} } }, writePfm(flat));
  assert.deepEqual(
    job.notes.map(({ stage, code }) => [stage, code]),
    [["depth", "DEPTH_FLAT"]],
  );
  assert.ok((await samplesOf(job)).samples.every((value) => value === 0));
});

test("an HDR photo is tone-mapped with a note, also where its map comes from the cache", async () => {
  const hdr = await readFile(packagePath("testing", "cases", "D12_png_cicp_pq.png"));
  for (const cacheHit of [false, true]) {
    const job = await depthJob({}, undefined, hdr);
    assert.equal(job.depth?.cacheHit, cacheHit);
    assert.deepEqual(
      job.notes.map(({ stage, code }) => [stage, code]),
      [["depth", "COLOR_TONE_MAPPED"]],
    );
    assert.equal(job.notes[0]?.metadata.transfer, "pq");
  }
});

test("a map that is missing, unannounced or broken is refused when the job is created", async () => {
  const map = writePfm(ramp(60, 40));
  const absent = await refusal(depthJob({ depth: { map: {} } }));
  assert.equal(absent.reason, "PARAMETER_CONFLICT");
  const unannounced = await refusal(depthJob({}, map));
  assert.equal(unannounced.reason, "PARAMETER_CONFLICT");
  assert.equal(unannounced.metadata.field, "depth_chunk");
  const cut = await refusal(depthJob({ depth: { map: {} } }, map.subarray(0, map.length / 2)));
  assert.equal(cut.reason, "IMAGE_TRUNCATED");
  assert.equal(cut.metadata.field, "depth.map");
  const text = Buffer.from("hello, this is a letter and no map");
  assert.equal(
    (await refusal(depthJob({ depth: { map: {} } }, text))).reason,
    "IMAGE_UNSUPPORTED_FORMAT",
  );
  const beside = await refusal(depthJob({ model: "depthmesh-tiny", depth: { map: {} } }, map));
  assert.equal(beside.reason, "PARAMETER_CONFLICT");
  const range = await refusal(depthJob({ depth: { fattenPixels: 99 } }));
  assert.equal(range.metadata.limit_maximum, "32");
});

test("the spec of a job has all depth options, with their defaults filled in", async () => {
  const job = await depthJob({ depth: { fattenPixels: 1 } });
  assert.equal(job.spec?.depth?.fattenPixels, 1);
  assert.equal(job.spec?.depth?.smoothingPixels, 0);
  assert.equal(job.spec?.depth?.rangeHighPercent, 99);
  assert.equal(job.spec?.depth?.edgeRefinement, 1);
});
