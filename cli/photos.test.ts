/** The photos that the user names. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { photosIn } from "./photos.js";

const folder = mkdtempSync(join(tmpdir(), "depthmesh-photos-"));
after(() => rmSync(folder, { recursive: true }));
for (const name of ["b.JPG", "a.heic", "c.gif", "notes.txt", "d.mp4", ".hidden.jpg"]) {
  writeFileSync(join(folder, name), "");
}

test("of a folder, files with the extension of a photo are taken, in alphabetical order", async () => {
  const photos = ["a.heic", "b.JPG", "c.gif"].map((name) => join(folder, name));
  assert.deepEqual(await photosIn([folder]), photos);
});

test("a video among the photos was meant as the output; a GIF may be a photo", async () => {
  for (const video of [join(folder, "d.mp4"), "absent.webm"]) {
    await assert.rejects(photosIn([join(folder, "c.gif"), video]), {
      reason: "PARAMETER_CONFLICT",
      message: `${video} is no photo; to write it, name it with -o: -o ${video}`,
    });
  }
});
