/** What a click asks for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import {
  jobHeader,
  labelOf,
  photoToMake,
  RequestIds,
  specToMake,
  withArtifact,
  withContainer,
} from "./job-request.js";

const PHOTO = { fileName: "beach.jpg", upload: "uploads/01u" };

test("a job has a video, a depth map and a poster unless the reader says otherwise", () => {
  assert.deepEqual(specToMake({ camera: { preset: "orbital" } }), {
    camera: { preset: "orbital" },
    outputs: [{ container: "CONTAINER_MP4" }],
    artifacts: ["ARTIFACT_KIND_DEPTH", "ARTIFACT_KIND_POSTER"],
  });
  assert.deepEqual(specToMake({ outputs: [], artifacts: [] }), { outputs: [], artifacts: [] });
});

test("files are added and taken away in a fixed order, and keep their settings", () => {
  const gif = withContainer({}, "CONTAINER_GIF", true);
  assert.deepEqual(gif.outputs, [{ container: "CONTAINER_MP4" }, { container: "CONTAINER_GIF" }]);
  const set: JobSpecJson = { outputs: [{ container: "CONTAINER_MP4", crf: 18 }] };
  const both = withContainer(set, "CONTAINER_WEBM", true);
  assert.deepEqual(both.outputs, [...(set.outputs ?? []), { container: "CONTAINER_WEBM" }]);
  assert.deepEqual(withContainer(both, "CONTAINER_MP4", false).outputs, [
    { container: "CONTAINER_WEBM" },
  ]);
  const odd = withContainer(withContainer(set, "CONTAINER_MOV", true), "CONTAINER_GIF", true);
  assert.deepEqual(
    odd.outputs?.map(({ container }) => container),
    ["CONTAINER_MP4", "CONTAINER_GIF", "CONTAINER_MOV"],
  );
  // Unchecking what is not there, and checking twice, change nothing.
  assert.deepEqual(withContainer(both, "CONTAINER_GIF", false).outputs, both.outputs);
  assert.deepEqual(withContainer(set, "CONTAINER_MP4", true).outputs, set.outputs);
  const strip = withArtifact({}, "ARTIFACT_KIND_STILL_STRIP", true);
  assert.deepEqual(strip.artifacts, [
    ...["ARTIFACT_KIND_DEPTH", "ARTIFACT_KIND_STILL_STRIP", "ARTIFACT_KIND_POSTER"],
  ]);
});

test("the header names the upload, and the photo by its label", () => {
  const { spec, ...header } = jobHeader(PHOTO, {}, "id-1");
  assert.deepEqual(header, {
    requestId: "id-1",
    photoUpload: "uploads/01u",
    labels: { photo: "beach.jpg", upload: "uploads/01u" },
  });
  assert.equal(spec?.outputs?.length, 1);
  const long = labelOf(`${"x".repeat(80)}\u0000.jpeg`);
  assert.deepEqual([[...long].length, long.slice(-6)], [63, "….jpeg"]);
  assert.equal(labelOf("a\nb.png"), "a?b.png");
});

test("a photo can be rendered once it is uploaded", () => {
  const file = { fileName: "a.png", sizeBytes: 1, file: undefined, scene: undefined };
  assert.equal(photoToMake(undefined), undefined);
  assert.equal(photoToMake({ ...file, upload: undefined }), undefined);
  assert.deepEqual(photoToMake({ ...file, upload: "uploads/1" }), {
    fileName: "a.png",
    upload: "uploads/1",
  });
});

test("the same request keeps its id until an answer has come; another one has its own", () => {
  let made = 0;
  const ids = new RequestIds(() => `id-${++made}`);
  assert.equal(ids.idFor(PHOTO, {}), "id-1");
  assert.equal(ids.idFor(PHOTO, {}), "id-1");
  assert.equal(ids.idFor(PHOTO, { seed: 1 }), "id-2");
  assert.equal(ids.idFor({ ...PHOTO, upload: "uploads/02u" }, { seed: 1 }), "id-3");
  ids.answered();
  assert.equal(ids.idFor({ ...PHOTO, upload: "uploads/02u" }, { seed: 1 }), "id-4");
});
