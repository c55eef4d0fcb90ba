/** Formats by container. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { containerRows } from "./formats.js";

test("a container lists its codecs, also those that no encoder makes now", () => {
  const rows = containerRows([
    { container: "mp4", codec: "h264", available: true },
    { container: "webm", codec: "vp9", available: true },
    { container: "mp4", codec: "av1" },
  ]);
  assert.deepEqual(rows, [
    {
      container: "mp4",
      codecs: [
        { codec: "h264", isAvailable: true },
        { codec: "av1", isAvailable: false },
      ],
    },
    { container: "webm", codecs: [{ codec: "vp9", isAvailable: true }] },
  ]);
});
