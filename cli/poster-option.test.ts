/** The poster's file on the command line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { posterFormatOf, withoutPoster } from "./poster-option.js";

test("the extension selects the format, in any case", () => {
  const formats = ["a.png", "a.jpg", "a.JPEG", "a.webp"].map(posterFormatOf);
  assert.deepEqual(formats, ["png", "jpeg", "jpeg", "webp"]);
  assert.throws(() => posterFormatOf("a.bmp"), { reason: "PARAMETER_UNKNOWN" });
});

test("an output that is a still picture is the poster; a .webp is an animation", () => {
  assert.deepEqual(withoutPoster(["a.mp4", "b.webp", "c.jpg"], undefined), {
    output: ["a.mp4", "b.webp"],
    poster: "c.jpg",
  });
  assert.deepEqual(withoutPoster(["a.mp4"], "p.webp"), { output: ["a.mp4"], poster: "p.webp" });
  for (const poster of [undefined, "p.png"]) {
    assert.throws(() => withoutPoster(["c.jpg", "d.jpg"], poster), {
      reason: "PARAMETER_CONFLICT",
    });
  }
});
