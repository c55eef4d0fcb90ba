import assert from "node:assert/strict";
import { test } from "node:test";
import { artifactNames } from "./artifact-names.js";
import { resolveSpec } from "./resolve-spec.js";

test("a job's files are named before they exist", () => {
  const spec = resolveSpec(
    {
      fields: { "stills.poster_format": "jpeg" },
      motions: [],
      outputs: [{ container: "mp4" }, { container: "gif" }],
      artifacts: ["depth", "poster", "strip"],
    },
    { models: ["auto"], maxFrames: 3600 },
  );
  const names = ["depth.png", "poster.jpg", "strip.png", "video.mp4", "video.gif"];
  assert.deepEqual(artifactNames(spec), names);
});
