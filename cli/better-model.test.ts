/** When a command names a better depth model, and which one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInModelsFolder, ModelRegistry } from "../models/registry.js";
import { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { betterModelText, betterThanText } from "./better-model.js";

const registry = new ModelRegistry({
  builtInFolder: builtInModelsFolder(),
  installedFolder: "/nonexistent",
  allowNonCommercial: false,
});

const jobOf = (depthModel: string, model = "auto") => ({
  depthModel,
  spec: JobSpec.fromPartial({ model }),
});

test("the end of a command names the model to install, if the built-in one made a map", () => {
  const line =
    "depth by the small built-in model; `depthmesh models pull depth-anything-v2-small` for better";
  assert.equal(betterModelText([jobOf("depthmesh-tiny")], registry), line);
  const jobs = [jobOf("depth-anything-v2-small"), jobOf("depthmesh-tiny", "")];
  assert.equal(betterModelText(jobs, registry), line);
});

test("nothing is said about other models, own maps, and the built-in model where it was chosen", () => {
  const others = [jobOf("depth-anything-v2-small"), jobOf(""), jobOf("none")];
  assert.equal(betterModelText(others, registry), undefined);
  assert.equal(betterModelText([jobOf("depthmesh-tiny", "depthmesh-tiny")], registry), undefined);
});

test("doctor says that auto is the built-in model, and how to get a better one", () => {
  assert.match(betterThanText("depthmesh-tiny", registry), /models pull depth-anything-v2-small/);
  assert.equal(betterThanText("midas-v2.1-small", registry), "");
});
