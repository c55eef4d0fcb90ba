/** Files are named by the photo, described, and chosen to be shown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { downloadName, downloadsOf, shownOf, stemOf } from "./downloads.js";

const artifact = (name: string, mediaType: string, more: object = {}) => ({
  ...{ name: `jobs/01j/artifacts/${name}`, mediaType, sizeBytes: "1250000", ...more },
});

const JOB = {
  name: "jobs/01j",
  artifacts: [
    artifact("depth.png", "image/png", { width: 600, height: 400 }),
    artifact("video.gif", "image/gif", { output: 1 }),
    artifact("poster.jpg", "image/jpeg"),
    artifact("video.mp4", "video/mp4", {
      ...{ output: 0, width: 640, height: 360, frames: 90, durationSeconds: 3 },
      ...{ codec: "h264", soundCodec: "aac" },
    }),
  ],
};

test("videos come first, in the order of the request, with their facts", () => {
  const files = downloadsOf(JOB, "my coffee.png");
  assert.deepEqual(
    files.map(({ fileName }) => fileName),
    ["my coffee.mp4", "my coffee.gif", "my coffee-depth.png", "my coffee-poster.jpg"],
  );
  assert.equal(files[0]?.facts, "MP4, 640 × 360, 3 s, 90 frames, h264 + aac, 1.25 MB");
  assert.equal(files[2]?.facts, "PNG, 600 × 400, 1.25 MB");
  assert.equal(files[0]?.href, "v1/jobs/01j/artifacts/video.mp4?download=my%20coffee.mp4");
});

test("names survive photos without a name or extension", () => {
  assert.equal(downloadName("a.b.jpg", "video-2.mp4"), "a.b-2.mp4");
  assert.equal(downloadName("a", "layers.zip"), "a-layers.zip");
  assert.deepEqual(["", ".jpg", "C:\\x\\y.png", "/a/b.c"].map(stemOf), ["photo", ".jpg", "y", "b"]);
});

test("the first video that plays is shown, an animation in its place, and the pictures", () => {
  const files = downloadsOf(JOB, "x.png");
  const shown = shownOf(files, (type) => type === "video/mp4");
  assert.equal(shown.movie?.artifact, "video.mp4");
  assert.deepEqual(
    shown.pictures.map(({ artifact }) => artifact),
    ["depth.png", "poster.jpg"],
  );
  assert.equal(shownOf(files, () => false).movie?.artifact, "video.gif");
  assert.equal(shownOf(files.slice(2), () => true).movie, undefined);
});
