/**
 * A wrong setting of an S3 store ends the start at once and is named; a store that is away is
 * waited for. Against a real Swift.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../testing/eventually.js";
import { type SwiftServer, startSwift, swiftIsMissing } from "../../testing/servers/swift.js";
import { readSettings } from "../config.js";
import { createLog } from "../log.js";
import { openS3Objects } from "./open-s3.js";
import { BLOB_STORE_SETTINGS } from "./settings.js";

const SECRET = "a-secret-that-is-told-to-nobody";
/** Far less than half a minute: whoever may not wait has ended by then. */
const SOON_MS = 15_000;

describe("an S3 store is opened", { skip: swiftIsMissing }, () => {
  let server: SwiftServer;
  before(async () => {
    server = await startSwift();
  });
  after(() => server.close());

  const said: string[] = [];
  const context = { service: "gateway", worker: "test" };
  const log = createLog("warn", context, {
    format: "json",
    to: { write: (line) => void said.push(line) },
  });

  function open(changed: Readonly<Record<string, string>>, waitMs?: number) {
    const settings = readSettings(BLOB_STORE_SETTINGS, { ...server.environment, ...changed });
    return openS3Objects(settings, log, waitMs);
  }

  async function refusalOf(changed: Readonly<Record<string, string>>, waitMs?: number) {
    const began = performance.now();
    const error = await open(changed, waitMs).then(
      () => assert.fail("it was opened"),
      (thrown) => thrown,
    );
    assert.ok(error instanceof Error);
    assert.ok(performance.now() - began < SOON_MS, "it has waited");
    const { message } = error;
    assert.doesNotMatch(message, new RegExp(SECRET));
    assert.doesNotMatch(message, /testing|RequestId|x-amz/i, "neither a secret nor a request");
    return message;
  }

  test("a missing bucket is told by its setting", async () => {
    assert.match(await refusalOf({ DEPTHMESH_S3_BUCKET: "nosuch" }), /DEPTHMESH_S3_BUCKET/);
    assert.match(await refusalOf({ DEPTHMESH_S3_BUCKET: "" }), /DEPTHMESH_S3_BUCKET is not set/);
  });

  test("a wrong secret and a wrong key are told by their settings", async () => {
    for (const wrong of [
      { DEPTHMESH_S3_SECRET_ACCESS_KEY: SECRET },
      { DEPTHMESH_S3_ACCESS_KEY_ID: "test:nobody" },
    ]) {
      const message = await refusalOf(wrong);
      assert.match(message, /refuses the gateway \(\w+\)/);
      assert.match(message, /DEPTHMESH_S3_ACCESS_KEY_ID and DEPTHMESH_S3_SECRET_ACCESS_KEY/);
    }
  });

  test("half a key is told by the half that is missing", async () => {
    const noSecret = await refusalOf({ DEPTHMESH_S3_SECRET_ACCESS_KEY: "" });
    assert.match(noSecret, /^DEPTHMESH_S3_SECRET_ACCESS_KEY is not set, but/);
    const noId = await refusalOf({ DEPTHMESH_S3_ACCESS_KEY_ID: "" });
    assert.match(noId, /^DEPTHMESH_S3_ACCESS_KEY_ID is not set, but/);
  });

  test("an endpoint that is no address is told without what it contains", async () => {
    const endpoint = `http://user:${SECRET}@127.0.0.1`;
    assert.match(
      await refusalOf({ DEPTHMESH_S3_ENDPOINT: endpoint }),
      /^DEPTHMESH_S3_ENDPOINT must/,
    );
    assert.match(
      await refusalOf({ DEPTHMESH_S3_ENDPOINT: "storage" }),
      /^DEPTHMESH_S3_ENDPOINT must/,
    );
  });

  test("a secret that cannot be read, or is given twice, is told; and the address for callers", async () => {
    const given = { DEPTHMESH_S3_SECRET_ACCESS_KEY_FILE: "/nowhere/secret" };
    assert.match(await refusalOf(given), /_FILE are both set/);
    assert.match(
      await refusalOf({ ...given, DEPTHMESH_S3_SECRET_ACCESS_KEY: "" }),
      /^DEPTHMESH_S3_SECRET_ACCESS_KEY_FILE: \/nowhere\/secret cannot be read \(ENOENT\)$/,
    );
    assert.match(
      await refusalOf({ DEPTHMESH_S3_PUBLIC_ENDPOINT: "storage" }),
      /^DEPTHMESH_S3_PUBLIC_ENDPOINT must/,
    );
  });

  test("readers that stand still keep no other request from the store", async () => {
    const { objects, close } = await open({});
    await objects.put("uploads/slow/read", [randomBytes(12 * 1024 * 1024)]);
    // As many as there are connections.
    const readers = Array.from({ length: 64 }, () =>
      objects.get("uploads/slow/read")[Symbol.asyncIterator](),
    );
    await Promise.all(readers.map((reader) => reader.next()));
    const look = objects.head("uploads/slow/read");
    const late = delay(SOON_MS, "late", { ref: false });
    assert.notEqual(await Promise.race([look, late]), "late");
    await Promise.all(readers.map((reader) => reader.return?.(undefined)));
    await objects.remove("uploads/slow/read");
    await close();
  });

  test("a store that is away is waited for, and told while it is", async () => {
    await server.stop();
    said.length = 0;
    assert.match(
      await refusalOf({}, 0),
      /cannot be reached \(ECONNREFUSED\): look at DEPTHMESH_S3_ENDPOINT/,
    );
    const opening = open({});
    opening.catch(() => {});
    await eventually("it says that it waits", () => said.length > 0);
    await server.start();
    const { objects, close } = await opening;
    assert.equal(await objects.head("blobs/none"), undefined);
    await close();
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", /DEPTHMESH_S3_ENDPOINT.*waiting for the S3 store/);
  });
});
