/** Photos by URL: which are fetched, from where, how large and how long. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { collect } from "../../../kit/rpc/chunks.js";
import { eventually } from "../../../testing/eventually.js";
import { refusal } from "../../../testing/refusal.js";
import { parseOrigins } from "./photo-origins.js";
import { PhotoSource, type PhotoSourceSettings } from "./photo-source.js";

const PHOTO = Buffer.alloc(300_000, 7);
const LIMIT_BYTES = 2 ** 20;
const NEVER = new AbortController().signal;

let origin = "";
let otherOrigin = "";
const seen: IncomingMessage[] = [];

const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "/photo": (response) => response.end(PHOTO),
  "/moved": (response) => response.writeHead(302, { location: "photo" }).end(),
  "/away": (response) => response.writeHead(302, { location: `${otherOrigin}/photo` }).end(),
  "/local": (response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  "/round": (response) => response.writeHead(302, { location: "/round" }).end(),
  "/gone": (response) => response.writeHead(404).end(),
  "/declared": (response) =>
    response.writeHead(200, { "content-length": LIMIT_BYTES + 1 }).write("x"),
  "/endless": (response) => {
    const more = () => {
      while (!response.destroyed && response.write(PHOTO));
    };
    response.on("drain", more);
    more();
  },
  "/stops": (response) => response.write(PHOTO),
  "/breaks": (response) => response.write(PHOTO, () => response.destroy()),
};

const server = createServer((request, response) => {
  seen.push(request);
  ANSWERS[request.url ?? ""]?.(response);
});
const other = createServer((_request, response) => response.end(PHOTO));
before(async () => {
  for (const each of [server, other]) {
    await new Promise<void>((done) => each.listen(0, "127.0.0.1", done));
  }
  const originOf = (each: typeof server) => {
    return `http://127.0.0.1:${(each.address() as AddressInfo).port}`;
  };
  origin = originOf(server);
  otherOrigin = originOf(other);
});
after(() => {
  for (const each of [server, other]) {
    each.closeAllConnections();
    each.close();
  }
});

function sourceWith(changes: Partial<PhotoSourceSettings> = {}): PhotoSource {
  const settings = { photoOrigins: origin, photoAllow: "127.0.0.0/8", photoTimeoutMs: 5_000 };
  return new PhotoSource({ ...settings, ...changes });
}

/** The same order as in the route: the URL is checked, and then read. */
async function read(path: string, source = sourceWith(), signal = NEVER): Promise<Uint8Array> {
  return collect(source.read(source.check(`${origin}${path}`), LIMIT_BYTES, signal));
}

test("a photo of a listed origin comes without credentials, also over a redirect", async () => {
  assert.deepEqual(Buffer.from(await read("/photo")), PHOTO);
  assert.deepEqual(Buffer.from(await read("/moved")), PHOTO);
  const { headers } = seen.at(-1) as IncomingMessage;
  assert.deepEqual(
    [headers.cookie, headers.authorization, headers["accept-encoding"]],
    [undefined, undefined, "identity"],
  );
});

test("without a list no photo is fetched, and none of an origin that is not in it", async () => {
  const before = seen.length;
  const none = await refusal(read("/photo", sourceWith({ photoOrigins: "" })));
  assert.equal(none.reason, "PARAMETER_OUT_OF_RANGE");
  assert.match(none.message, /no origin/);
  const listed = sourceWith({ photoOrigins: `${otherOrigin}, photos.example` });
  assert.match((await refusal(read("/photo", listed))).message, /not listed/);
  for (const url of [
    "https://photos.example:8443/",
    "http://photos.example/",
    "https://example/",
  ]) {
    assert.throws(() => listed.check(url), /not listed/, url);
  }
  assert.equal(listed.check("https://photos.example/a").href, "https://photos.example/a");
  assert.equal(seen.length, before);
});

test("a listed origin at an address that is not public is not called, unless it is allowed", async () => {
  const before = seen.length;
  assert.throws(() => sourceWith({ photoAllow: "" }).check(`${origin}/photo`), /not public/);
  const port = new URL(origin).port;
  const settings = { photoOrigins: `http://photos.example:${port}`, photoTimeoutMs: 5_000 };
  for (const addresses of [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["169.254.169.254"]]) {
    const source = new PhotoSource({ ...settings, photoAllow: "" }, async () => addresses);
    const url = source.check(`http://photos.example:${port}/photo`);
    const refused = await refusal(collect(source.read(url, LIMIT_BYTES, NEVER)));
    assert.match(refused.message, /not public/, addresses.join());
    assert.ok(!refused.message.includes(addresses[0] ?? ""), "the address stays untold");
  }
  assert.equal(seen.length, before);
  const allowed = new PhotoSource({ ...settings, photoAllow: "127.0.0.1/32" }, async () => [
    "127.0.0.1",
  ]);
  const url = allowed.check(`http://photos.example:${port}/photo`);
  assert.equal((await collect(allowed.read(url, LIMIT_BYTES, NEVER))).length, PHOTO.length);
});

test("redirects to other origins, and in a circle, are not followed", async () => {
  const both = sourceWith({ photoOrigins: `${origin},${otherOrigin}` });
  assert.match((await refusal(read("/away", both))).message, /another origin/);
  assert.match((await refusal(read("/local"))).message, /another origin/);
  assert.match((await refusal(read("/round"))).message, /more than 3 times/);
});

test("a photo that is missing or too large ends the request before it is read", async () => {
  assert.match((await refusal(read("/gone"))).message, /answered 404/);
  const declared = await refusal(read("/declared"));
  assert.deepEqual(
    [declared.reason, declared.metadata.actual_bytes],
    ["UPLOAD_TOO_LARGE", String(LIMIT_BYTES + 1)],
  );
  assert.equal((await refusal(read("/endless"))).reason, "UPLOAD_TOO_LARGE");
  await eventually("the connection to the endless photo is closed", () => {
    return seen.at(-1)?.socket.destroyed === true;
  });
});

test("a server that stops, breaks off or is away is an error that passes", async () => {
  const stopped = await refusal(read("/stops", sourceWith({ photoTimeoutMs: 300 })));
  assert.equal(stopped.reason, "SERVICE_UNAVAILABLE");
  assert.match(stopped.message, /within 300 ms/);
  assert.match((await refusal(read("/breaks"))).message, /broke off/);
  const source = sourceWith({ photoOrigins: "http://127.0.0.1:65535" });
  const away = source.read(source.check("http://127.0.0.1:65535/x"), LIMIT_BYTES, NEVER);
  const refused = await refusal(collect(away));
  assert.equal(refused.reason, "SERVICE_UNAVAILABLE");
  assert.ok(!/ECONN|65535/.test(refused.message), refused.message);
});

test("a caller that goes away ends the fetch", async () => {
  const gone = new AbortController();
  const work = read("/stops", sourceWith(), gone.signal);
  await eventually("the photo is being fetched", () => seen.at(-1)?.url === "/stops");
  gone.abort(new Error("the caller has gone"));
  await assert.rejects(work, /the caller has gone/);
  await eventually("the connection is closed", () => seen.at(-1)?.socket.destroyed === true);
});

test("a list of origins is read whole, or not at all", () => {
  const list = "photos.example, http://10.0.0.5:8080/,[fd00::5]:444, https://A.example";
  assert.deepEqual(
    [...(parseOrigins(list) ?? [])],
    [
      ...["https://photos.example", "http://10.0.0.5:8080", "https://[fd00::5]:444"],
      "https://a.example",
    ],
  );
  assert.equal(parseOrigins("")?.size, 0);
  for (const wrong of ["https://a/b", "ftp://a", "a b", "https://u@a", "*", "https://a?x", "a:b"]) {
    assert.equal(parseOrigins(wrong), undefined, wrong);
  }
});
