/**
 * What is sent over HTTP to a real mesh: jobs by form and by URL, and uploads; what is refused,
 * broken off or stopped leaves nothing behind.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writePfm } from "../core/depthmap/files/pfm.js";
import { collect } from "../kit/rpc/chunks.js";
import { eventually } from "../testing/eventually.js";
import { type Fixture, SAMPLE, startFixture, untilEnded } from "../testing/mesh/fixture.js";
import { residentMib } from "../testing/process-facts.js";
import { tone } from "../testing/sound/tone.js";
import { beginRequest } from "../testing/web/raw-request.js";
import { clipSpec, formOf, type Json, WebCalls } from "../testing/web/web-calls.js";

const MIB = 2 ** 20;
/** Places for uploads of the gateway, and the time after which a body that stops is cut. */
const PLACES = 2;
const IDLE_MS = 1_500;
const SMALL = clipSpec(1, 12);

let fixture: Fixture;
let photo: Buffer;
let photoServer: Server;
let photoOrigin = "";
let web = "";
let calls: WebCalls;

before(async () => {
  photo = await readFile(SAMPLE);
  photoServer = createServer((request, response) => {
    if (request.url === "/coffee.png") response.end(photo);
    else response.writeHead(404).end();
  });
  await new Promise<void>((done) => photoServer.listen(0, "127.0.0.1", done));
  photoOrigin = `http://127.0.0.1:${(photoServer.address() as AddressInfo).port}`;
  const environment = {
    DEPTHMESH_MAX_UPLOADS: String(PLACES),
    DEPTHMESH_BODY_IDLE_MS: String(IDLE_MS),
    DEPTHMESH_PHOTO_ORIGINS: photoOrigin,
    DEPTHMESH_PHOTO_ALLOW: "127.0.0.0/8",
  };
  fixture = await startFixture({ webPort: 0, environment });
  web = fixture.mesh.webAddress;
  calls = new WebCalls(web);
});
after(async () => {
  await fixture?.close();
  photoServer?.close();
});

const webPid = () => fixture.mesh.children("web")[0]?.pid ?? assert.fail("no web service");
const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The files that uploads of several calls have in the blob store. */
const uploadFiles = () => readdir(join(fixture.folder, "data", "blobs", "uploads"));

test("a job by form has its photo, its depth map and its sound, and its files come in ranges", async () => {
  const map = writePfm({
    values: Float32Array.from({ length: 96 }, (_, i) => i),
    width: 12,
    height: 8,
  });
  const header = {
    spec: { ...SMALL, depth: { map: {} } },
    hasSound: true,
    labels: { name: "a b" },
  };
  const name = await calls.jobByForm(header, { photo, depthMap: map, sound: tone(0.5) });
  const job = await untilEnded(fixture.client, name);
  const video = job.artifacts.find(({ mediaType }) => mediaType === "video/mp4");
  assert.ok(video?.soundCodec, JSON.stringify(job.error ?? job.artifacts));
  assert.deepEqual([job.depthModel, job.labels], ["", { name: "a b" }]);

  const path = `/v1/${video.name}`;
  const whole = await calls.call(path);
  const read = await fixture.client.readArtifact(video.name);
  assert.deepEqual(whole.bytes, Buffer.from(await collect(read.chunks)));
  const tag = `"${sha256Of(whole.bytes)}"`;
  const expected = {
    etag: tag,
    "content-type": "video/mp4",
    "content-length": String(video.sizeBytes),
    "accept-ranges": "bytes",
    "content-disposition": 'inline; filename="video.mp4"',
    "x-content-type-options": "nosniff",
  };
  for (const { headers } of [whole, await calls.call(path, { method: "HEAD" })]) {
    for (const [header, value] of Object.entries(expected)) {
      assert.equal(headers.get(header), value, header);
    }
  }
  const saved = (await calls.call(`${path}?download`)).headers.get("content-disposition");
  assert.equal(saved, 'attachment; filename="video.mp4"');

  const part = await calls.call(path, { headers: { range: "bytes=100-199" } });
  assert.deepEqual([part.status, part.bytes], [206, whole.bytes.subarray(100, 200)]);
  assert.equal(part.headers.get("content-range"), `bytes 100-199/${video.sizeBytes}`);
  const last = await calls.call(path, { headers: { range: "bytes=-7", "if-range": tag } });
  assert.deepEqual([last.status, last.bytes], [206, whole.bytes.subarray(-7)]);
  const other = await calls.call(path, { headers: { range: "bytes=-7", "if-range": '"other"' } });
  assert.deepEqual([other.status, other.bytes.length], [200, video.sizeBytes]);
  const beyond = await calls.call(path, { headers: { range: `bytes=${video.sizeBytes}-` } });
  assert.deepEqual(
    [beyond.status, beyond.headers.get("content-range"), beyond.json().reason],
    [416, `bytes */${video.sizeBytes}`, "PARAMETER_OUT_OF_RANGE"],
  );
  const known = await calls.call(path, { headers: { "if-none-match": `"x", ${tag}` } });
  assert.deepEqual([known.status, known.bytes.length, known.headers.get("etag")], [304, 0, tag]);

  for (const trick of ["..%2f..%2fgateway", "%2e%2e", "video.mp4%00.png", "a%2fvideo.mp4", "%c0"]) {
    const { socket, answer } = await beginRequest(web, `GET /v1/${name}/artifacts/${trick}`);
    const [, status] = await eventually(
      trick,
      () => /^HTTP\/1\.1 (\d+)/.exec(answer.text) ?? undefined,
    );
    assert.match(status ?? "", /^40[04]$/, trick);
    socket.destroy();
  }
  const missing = await calls.call(`/v1/${name}/artifacts/none.mp4`);
  assert.deepEqual([missing.status, missing.json().reason], [404, "ARTIFACT_NOT_FOUND"]);
});

test("a form that is wrong is refused with its reason, and a check makes no job", async () => {
  const wrong: readonly [
    header: Json,
    files: Record<string, Uint8Array>,
    status: number,
    why: RegExp,
  ][] = [
    [{}, {}, 400, /no part photo/],
    [{}, { sound: photo }, 400, /no part photo|sound/],
    // Whoever sees it first: the gateway the map's first bytes, or the edge the part after them.
    [{}, { depthMap: photo, photo }, 400, /photo comes too late|first the photo's/],
    [{}, { picture: photo }, 400, /a part "picture"/],
    [{}, { photo: randomBytes(9_000) }, 415, /known format/],
    [{}, { photo, sound: tone(1) }, 400, /has_sound does not announce/],
    [{ colour: 1 }, { photo }, 400, /colour/],
    [{ spec: { clip: { durationSeconds: -1 } } }, { photo }, 400, /duration/],
    [{ photoUpload: "uploads/x" }, { photo }, 404, /upload/],
  ];
  for (const [header, files, status, why] of wrong) {
    const refused = await calls.post("/v1/jobs", formOf(header, files));
    const { detail } = refused.json();
    assert.equal(refused.status, status, String(detail));
    assert.match(String(detail), why);
    assert.equal(refused.headers.get("content-type")?.split(";")[0], "application/problem+json");
  }
  const twice = formOf({}, { photo });
  twice.append("photo", new Blob([Uint8Array.from(photo)]));
  assert.match(String((await calls.post("/v1/jobs", twice)).json().detail), /two parts photo/);
  const headless = new FormData();
  headless.append("photo", new Blob([Uint8Array.from(photo)]));
  assert.match(
    String((await calls.post("/v1/jobs", headless)).json().detail),
    /begin with its header/,
  );

  const checked = await calls.post(
    "/v1/jobs",
    formOf({ spec: SMALL, validateOnly: true }, { photo }),
  );
  assert.deepEqual([checked.status, checked.headers.get("location")], [200, null]);
  assert.equal((checked.json().plan as Json).frames, 12);
});

test("a form that is refused early is cut, and one that says it is too large is not asked for", async () => {
  const head = 'content-disposition: form-data; name="header"\r\n\r\n{"colour":1}';
  const start = `--b\r\n${head}\r\n--b\r\ncontent-disposition: form-data; name="photo"\r\n\r\n`;
  const type = "content-type: multipart/form-data; boundary=b";
  const length = `content-length: ${50 * MIB}`;
  const { socket, answer } = await beginRequest(web, "POST /v1/jobs", [type, length]);
  socket.write(start);
  await eventually("the connection is closed", () => socket.destroyed);
  assert.match(answer.text, /^HTTP\/1\.1 400 .*PARAMETER_UNKNOWN/s);
  const waits = [type, "content-length: 999999999999", "expect: 100-continue"];
  const large = await beginRequest(web, "POST /v1/jobs", waits);
  await eventually("the connection is closed", () => large.socket.destroyed);
  assert.match(large.answer.text, /^HTTP\/1\.1 413 .*UPLOAD_TOO_LARGE/s);
});

test("a photo comes from its URL where the origin is listed", async () => {
  const made = await calls.postJson("/v1/jobs", {
    spec: SMALL,
    photoUrl: `${photoOrigin}/coffee.png`,
  });
  assert.equal(made.status, 201, made.bytes.toString());
  const job = await untilEnded(fixture.client, String(made.json().name));
  assert.equal(job.error, undefined);
  const refusals: readonly [body: Json, why: RegExp][] = [
    [{ photoUrl: "http://127.0.0.1:8080/x.png" }, /not listed/],
    [{ photoUrl: `${photoOrigin}/none.png` }, /answered 404/],
    [{ photoUrl: 7 }, /must be a text/],
    [{ photoUrl: `${photoOrigin}/coffee.png`, photoUpload: "uploads/x" }, /exclude each other/],
    [{ photoUrl: `${photoOrigin}/coffee.png`, colour: 1 }, /colour/],
  ];
  for (const [body, why] of refusals) {
    const refused = await calls.postJson("/v1/jobs", body);
    assert.equal(refused.status, 400, String(why));
    assert.match(String(refused.json().detail), why);
  }
});

test("an upload is one body or several parts, checked by its digest, and a job takes it", async () => {
  const digest = createHash("sha256").update(photo).digest("base64");
  const headers = { "repr-digest": `sha-256=:${digest}:` };
  const whole = await calls.post("/v1/uploads?requestId=once", photo, headers);
  const upload = whole.json();
  assert.deepEqual([whole.status, upload.finished, upload.sha256], [201, true, sha256Of(photo)]);
  assert.equal(whole.headers.get("location"), `/v1/${upload.name}`);
  const again = await calls.post("/v1/uploads?requestId=once", photo, headers);
  assert.equal(again.json().name, upload.name);

  const begun = await calls.postJson("/v1/uploads?start", { sizeBytes: String(photo.length) });
  const path = `/v1/${begun.json().name}`;
  const put = (from: number, to: number, more = "") =>
    calls.call(`${path}?offset=${from}${more}`, {
      method: "PUT",
      body: Uint8Array.from(photo.subarray(from, to)),
    });
  assert.equal((await put(0, 100_000)).json().committedSizeBytes, "100000");
  const gap = await put(200_000, 300_000);
  assert.deepEqual([gap.status, gap.json().reason], [409, "UPLOAD_OFFSET_MISMATCH"]);
  const nowhere = await calls.call(path, { method: "PUT", body: "x" });
  assert.match(String(nowhere.json().detail), /must name the part's offset/);
  const long = await calls.call(`${path}?offset=100000`, {
    method: "PUT",
    body: Uint8Array.from(photo),
  });
  assert.deepEqual([long.status, long.json().reason], [413, "UPLOAD_TOO_LARGE"]);
  const finished = (await put(100_000, photo.length, "&finish")).json();
  assert.deepEqual([finished.finished, finished.sha256], [true, sha256Of(photo)]);

  const photoUpload = upload.name;
  const made = await calls.postJson("/v1/jobs", { spec: SMALL, photoUpload, validateOnly: true });
  assert.equal(made.status, 200, made.bytes.toString());
});

test("an upload with another digest, one that is aborted and one that stops leave nothing behind", async () => {
  const before = (await uploadFiles()).sort();
  const same = async () => String((await uploadFiles()).sort()) === String(before);
  const digest = createHash("sha256").update("other").digest("base64");
  const damaged = await calls.post("/v1/uploads", photo, { "repr-digest": `sha-256=:${digest}:` });
  assert.deepEqual([damaged.status, damaged.json().reason], [400, "UPLOAD_CHECKSUM_MISMATCH"]);
  await eventually("the damaged upload is removed", same);

  const lines = ["content-type: image/png", `content-length: ${20 * MIB}`];
  const aborted = await beginRequest(web, "POST /v1/uploads", lines);
  aborted.socket.write(randomBytes(5 * MIB));
  await eventually("the upload has begun", async () => !(await same()));
  aborted.socket.destroy();
  await eventually("the aborted upload is removed", same);

  const stops = await beginRequest(web, "POST /v1/uploads", lines);
  stops.socket.write(randomBytes(MIB));
  await eventually("the connection is closed", () => stops.socket.destroyed);
  assert.match(stops.answer.text, /^HTTP\/1\.1 408 .*UPLOAD_EXPIRED/s);
  await eventually("the upload that stopped is removed", same);
});

test("forms that are abandoned give their places in the gateway back", async () => {
  const head = `--b\r\ncontent-disposition: form-data; name="header"\r\n\r\n{}\r\n`;
  const begin = `${head}--b\r\ncontent-disposition: form-data; name="photo"\r\n\r\n`;
  const lines = ["content-type: multipart/form-data; boundary=b", `content-length: ${20 * MIB}`];
  for (let round = 0; round < 2; round++) {
    const forms = await Promise.all(
      Array.from({ length: PLACES }, () => beginRequest(web, "POST /v1/jobs", lines)),
    );
    for (const { socket } of forms)
      socket.write(begin + photo.subarray(0, 1_000).toString("latin1"));
    for (const { socket } of forms) socket.destroy();
  }
  const beganAtMs = performance.now();
  const checked = await calls.post("/v1/jobs", formOf({ validateOnly: true }, { photo }));
  assert.equal(checked.status, 200, checked.bytes.toString());
  // One that is not abandoned keeps its place until it is cut.
  assert.ok(performance.now() - beganAtMs < IDLE_MS, "the places were kept");
});

test("an upload of 60 MiB is never held", async () => {
  const pid = webPid();
  const bytes = randomBytes(60 * MIB);
  let highestMib = 0;
  const beforeMib = await residentMib(pid);
  const sampling = setInterval(() => {
    void residentMib(pid).then((mib) => {
      highestMib = Math.max(highestMib, mib);
    });
  }, 20);
  const uploaded = await calls.post("/v1/uploads", bytes).finally(() => clearInterval(sampling));
  assert.deepEqual([uploaded.status, uploaded.json().sha256], [201, sha256Of(bytes)]);
  const grownMib = highestMib - beforeMib;
  assert.ok(highestMib > 0 && grownMib <= 24, `${grownMib.toFixed(1)} MiB more`);
});
