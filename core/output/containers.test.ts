/** The tables of containers and codecs fit together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CODEC_NAMES } from "./codecs.js";
import { CONTAINER_NAMES, combinations, containerOfFile, containerRow } from "./containers.js";

test("every codec has a container that holds it", () => {
  const held = new Set<string>(combinations().map(({ codec }) => codec));
  assert.deepEqual(
    CODEC_NAMES.filter((codec) => !held.has(codec)),
    [],
  );
});

test("a file name's extension selects the container, whatever its case", () => {
  for (const container of CONTAINER_NAMES) {
    const name = `My.Video${containerRow(container).extension.toUpperCase()}`;
    assert.equal(containerOfFile(name), container);
  }
  assert.equal(containerOfFile("video.avi"), undefined);
});
