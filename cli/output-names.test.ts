/** The files that results are written to. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { depthOutput } from "./depth-file.js";
import { assertDiffers, besidePhoto, outputFor, sharedOutput } from "./output-names.js";

const folder = mkdtempSync(join(tmpdir(), "depthmesh-names-"));
after(() => rmSync(folder, { recursive: true }));

test("what several photos share is a folder if it has no extension", () => {
  const names = ["videos", "videos/", "out.d/videos", "web/{name}", "a.mp4", "-"];
  const shared = ["videos/", "videos/", "out.d/videos/", "web/{name}", "a.mp4", "-"];
  assert.deepEqual(names.map(sharedOutput), shared);
  assertDiffers(sharedOutput("videos"), "--output");
  assert.throws(() => assertDiffers(sharedOutput("a.mp4"), "--output"), {
    reason: "PARAMETER_CONFLICT",
  });
  assert.equal(outputFor(sharedOutput("videos"), "in/beach.jpg", ".mp4"), "videos/beach.mp4");
  const file = join(folder, "notes");
  writeFileSync(file, "");
  assert.equal(sharedOutput(file), file);
});

test("a file that the user has not named is never replaced", () => {
  const photo = join(folder, "beach.jpg");
  assert.equal(depthOutput(undefined, photo), join(folder, "beach-depth.png"));
  assert.equal(depthOutput(undefined, photo, "npy"), join(folder, "beach-depth.npy"));
  assert.equal(depthOutput("maps/", photo), "maps/beach-depth.png");
  writeFileSync(join(folder, "beach.mp4"), "");
  assert.throws(() => besidePhoto(photo, ".mp4"), { reason: "PARAMETER_CONFLICT" });
});
