/** The README's pictures are those that this version makes. */
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import sharp from "sharp";
import { packagePath } from "../kit/process/package-path.js";
import { PICTURES, type PictureRecord, picturePath, pictureRecord } from "./picture-record.js";

/** Larger pictures load too slowly on the project's page. */
const MAX_BYTES = 2_000_000;

test("the pictures were made by this version; if not, run `scripts/demo --picture`", () => {
  const made = JSON.parse(readFileSync(picturePath(PICTURES.record), "utf8")) as PictureRecord;
  assert.deepEqual(made, pictureRecord());
});

test("the README shows them, and the first one moves", async () => {
  const readme = readFileSync(packagePath("README.md"), "utf8");
  const shown = [...readme.matchAll(/!\[[^\]]+\]\(docs\/images\/([\w.]+)\)/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(shown, [PICTURES.moving, PICTURES.still]);
  const { pages = 1, delay = [] } = await sharp(picturePath(PICTURES.moving), {
    animated: true,
  }).metadata();
  assert.ok(pages > 20, `${pages} frames`);
  assert.ok(Math.max(...delay) < 100, `${Math.max(...delay)} ms between two frames`);
  for (const name of shown) {
    const { size } = statSync(picturePath(name ?? ""));
    assert.ok(size <= MAX_BYTES, `${name} has ${size} bytes`);
  }
});
