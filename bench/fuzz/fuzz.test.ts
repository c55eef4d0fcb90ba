/** `npm run fuzz` in short, and photos whose header claims far more pixels than they contain. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import { inspectPhoto } from "../../core/photo/inspect.js";
import { photoFiles } from "../../testing/photos.js";
import { fuzz } from "./fuzz.js";
import { openMaps } from "./maps.js";
import { openMessages } from "./messages.js";
import { openPhotos } from "./photos.js";
import { openSounds } from "./sounds.js";

const photos = await openPhotos();
after(() => photos.close());

test("300 damaged photos: each is decoded or refused with a reason, and the decoder survives", async () => {
  const { outcomes, defects } = await fuzz(photos, { runs: 300, seed: 2 });
  assert.deepEqual(defects, []);
  assert.ok((outcomes.accepted ?? 0) > 20, "some damage does not matter");
  assert.ok((outcomes.IMAGE_CORRUPT ?? 0) > 20, "some does");
});

for (const [what, open, runs] of [
  ["depth maps", openMaps, 2_000],
  ["sounds", openSounds, 2_000],
  ["messages", openMessages, 3_000],
] as const) {
  test(`${runs} damaged ${what}: each is accepted or refused with a reason, in time`, async () => {
    const { outcomes, defects } = await fuzz(await open(), { runs, seed: 2 });
    assert.deepEqual(defects, []);
    assert.ok((outcomes.accepted ?? 0) > 20, "some damage does not matter");
    assert.ok(Object.keys(outcomes).length > 1, "some does");
  });
}

test("a decompression bomb of any format is refused by its header, before anything is decoded", async () => {
  const huge = 30_000;
  const claims: Record<string, (bytes: Buffer) => void> = {
    png: (bytes) => {
      bytes.writeUInt32BE(huge, 16);
      bytes.writeUInt32BE(huge, 20);
    },
    gif: (bytes) => {
      bytes.writeUInt16LE(huge, 6);
      bytes.writeUInt16LE(huge, 8);
    },
    jpeg: (bytes) => {
      const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
      bytes.writeUInt16BE(huge, frame + 5);
      bytes.writeUInt16BE(huge, frame + 7);
    },
    avif: (bytes) => {
      const extent = bytes.indexOf("ispe");
      bytes.writeUInt32BE(huge, extent + 8);
      bytes.writeUInt32BE(huge, extent + 12);
    },
  };
  for (const { name, bytes } of await photoFiles()) {
    const claim = claims[name];
    if (!claim) continue;
    claim(bytes);
    const before = process.memoryUsage().arrayBuffers;
    assert.throws(
      () => inspectPhoto(bytes),
      (error) => error instanceof DepthmeshError && error.reason === "IMAGE_TOO_MANY_PIXELS",
      name,
    );
    const takenBytes = process.memoryUsage().arrayBuffers - before;
    assert.ok(takenBytes < 64 * 1024 * 1024, name);
  }
});
