/** Every clip of the budget is one that a mesh takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { framesOf } from "../../core/scene/clip/clip-states.js";
import { checkedSpec } from "../pipeline/one-process-job.js";
import { budgetSpec, PRESETS, SIZES } from "./clips.js";
import { SIZE_NAMES } from "./size-names.js";

test("both lengths of every size are accepted, and have as many frames as they say", () => {
  assert.deepEqual(
    SIZES.map(({ name }) => name),
    [...SIZE_NAMES],
  );
  for (const size of SIZES) {
    for (const preset of PRESETS) {
      for (const frames of [size.frames.short, size.frames.long]) {
        const { clip, camera, ...spec } = checkedSpec(budgetSpec(size, preset, frames, 1), frames);
        assert.equal(framesOf({ ...spec, clip, camera }), frames);
        assert.equal(clip.width, size.width);
      }
    }
  }
});
