/** The evaluation on a tiny data set that the test generates. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { writeNpy } from "../core/depthmap/files/npy.js";
import { writePfm } from "../core/depthmap/files/pfm.js";
import { seededRandom } from "../testing/random.js";
import { evaluate, findScenes } from "./depth.js";
import { table } from "./table.js";

const WIDTH = 160;
const HEIGHT = 120;
let folder: string;

/** Disparity of a floor, which comes nearer towards the lower edge. */
const floor = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => 1 + Math.floor(i / WIDTH));

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-eval-"));
  const random = seededRandom(9);
  const rgb = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) =>
    Math.floor(60 + i / 800 + 40 * random()),
  );
  const photo = sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
  const map = { values: floor, width: WIDTH, height: HEIGHT };
  await photo.clone().png().toFile(join(folder, "floor_rgb.png"));
  await writeFile(join(folder, "floor_disp.npy"), writeNpy(map));
  await photo.clone().jpeg().toFile(join(folder, "ceiling.jpg"));
  await writeFile(
    join(folder, "ceiling_disp.pfm"),
    writePfm({ ...map, values: floor.map((value) => 200 - value) }),
  );
  // Zero in the left half: nothing was measured. The truth is half as large as the photo.
  const sixteen = Uint16Array.from({ length: 80 * 60 }, (_, i) =>
    i % 80 < 40 ? 0 : 100 + 500 * Math.floor(i / 80),
  );
  await photo.clone().webp().toFile(join(folder, "half.webp"));
  await sharp(sixteen, { raw: { width: 80, height: 60, channels: 1 } })
    .toColourspace("grey16")
    .png()
    .toFile(join(folder, "half_disp.png"));
});
after(() => rm(folder, { recursive: true, force: true }));

test("the vertical gradient is right on a floor and wrong on a ceiling, and each estimator is scored", async () => {
  const { estimators, scenes, mean } = await evaluate(folder, ["depthmesh-tiny"]);
  assert.deepEqual(estimators, ["vertical gradient", "heuristic", "depthmesh-tiny"]);
  assert.deepEqual(Object.keys(scenes), ["ceiling", "floor", "half"]);
  const gradient = (scene: string) => scenes[scene]?.["vertical gradient"];
  assert.ok((gradient("floor")?.spearman ?? 0) > 0.999);
  assert.ok((gradient("floor")?.absRel ?? 1) < 1e-3);
  assert.ok((gradient("ceiling")?.spearman ?? 0) < -0.999);
  // Scale and shift are fitted, so an inverted gradient fits a ceiling.
  assert.ok((gradient("ceiling")?.absRel ?? 1) < 1e-3);
  assert.ok((gradient("half")?.spearman ?? 0) > 0.999, "unmeasured pixels do not count");
  assert.ok(Math.abs((mean["vertical gradient"]?.spearman ?? 1) - 1 / 3) < 1e-3);
  for (const name of estimators) {
    for (const scores of Object.values(scenes)) {
      const { spearman, absRel, delta125, edgePixels } = scores[name] ?? assert.fail(name);
      assert.ok(Math.abs(spearman) <= 1 && absRel >= 0 && delta125 >= 0 && delta125 <= 1);
      assert.ok(edgePixels >= 0);
    }
  }
});

test("the table has a row for each estimator and each scene", () => {
  const scores = { spearman: 0.5, absRel: 0.25, delta125: 0.75, edgePixels: 3.25 };
  const text = table({ estimators: ["a"], scenes: { s: { a: scores } }, mean: { a: scores } });
  assert.match(text, /^a +0\.500 +0\.250 +0\.750 +3\.[23]$/m);
  assert.match(text, /^s +0\.500$/m);
});

test("a folder without ground truth and a map without a photo are reported", async () => {
  const empty = await mkdtemp(join(tmpdir(), "depthmesh-eval-"));
  try {
    await assert.rejects(findScenes(empty), /no ground truth/);
    await writeFile(join(empty, "alone_disp.npy"), "");
    await assert.rejects(findScenes(empty), /has no photo/);
  } finally {
    await rm(empty, { recursive: true });
  }
});
