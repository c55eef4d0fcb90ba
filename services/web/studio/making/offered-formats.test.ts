/** The formats on offer are those that the mesh can make. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutputFormatJson } from "../../../../proto/gen/json/depthmesh/v1/catalog_service_pb.js";
import { offeredFormats } from "./offered-formats.js";

const format = (container: string, codec: string, available = true): OutputFormatJson => ({
  container,
  codec,
  available,
  extension: `.${container}`,
});

test("what the mesh cannot make is not offered, unless it was chosen", () => {
  const formats = [
    ...[format("mp4", "h264"), format("webm", "vp9", false), format("gif", "gif")],
    ...[format("mov", "prores"), format("mov", "h264"), format("mov", "h265", false)],
    ...[format("mkv", "ffv1", false), format("holo", "light")],
  ];
  const { usual, more } = offeredFormats(formats, []);
  assert.deepEqual(usual, ["CONTAINER_MP4", "CONTAINER_GIF"]);
  assert.deepEqual(
    more.map(({ container, title }) => [container, title]),
    [
      ["CONTAINER_MOV", "QuickTime"],
      // Of a later version.
      ["CONTAINER_HOLO", "holo"],
    ],
  );
  assert.deepEqual(more[0]?.codecs, ["ProRes 422 HQ", "H.264"]);
  const chosen = offeredFormats(formats, [
    { container: "CONTAINER_MKV" },
    { container: "CONTAINER_WEBM" },
  ]);
  assert.ok(chosen.usual.includes("CONTAINER_WEBM"));
  assert.ok(chosen.more.some(({ container }) => container === "CONTAINER_MKV"));
});

test("the usual formats are offered before the catalogue is there", () => {
  const { usual, more } = offeredFormats(undefined, []);
  assert.deepEqual([usual.length, more.length], [4, 0]);
});
