/**
 * The keys of the result cache: which jobs share a result, which do not, and which results are not
 * kept.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type SpecSection, sectionParameters } from "./fields.js";
import { NOTES } from "./note.js";
import { DEPTH_MAP_PARAMETERS } from "./parameters/depth.js";
import { OUTPUT_PARAMETERS } from "./parameters/outputs.js";
import type { ParameterRow } from "./parameters/row.js";
import { keysOf } from "./parameters/row.js";
import { STATE_PARAMETERS } from "./parameters.js";
import type { SpecRequest } from "./request.js";
import { resolveSpec } from "./resolve-spec.js";
import { keptUnder, type ResultOrigin, resultIdentity, WITHOUT_EFFECT } from "./result-identity.js";
import type { JobSpec } from "./spec.js";

const specOf = (request: Partial<SpecRequest> = {}) =>
  resolveSpec(
    { fields: {}, motions: [], outputs: [], artifacts: [], ...request },
    { models: ["tiny"], maxFrames: 3600 },
  );

const ORIGIN: ResultOrigin = {
  tenant: "default",
  version: "1.0.0",
  photo: { sha256: "a".repeat(64), width: 640, height: 426 },
  alpha: null,
  disparity: { sha256: "b".repeat(64), width: 320, height: 213 },
  spec: specOf({ fields: { "effects.grain": 0.1, "camera.height": 0.3 } }),
};
const withSpec = (spec: JobSpec) => resultIdentity({ ...ORIGIN, spec });

test("when and by what means it is made is nothing of a result, nor is the order of its fields", () => {
  const { spec } = ORIGIN;
  const identity = resultIdentity(ORIGIN);
  assert.equal(withSpec({ ...spec, priority: "high" }), identity);
  assert.equal(withSpec({ ...spec, degradePolicy: "forbid" }), identity);
  assert.equal(withSpec({ ...spec, cachePolicy: "bypass" }), identity);
  const turned = specOf({ fields: { "camera.height": 0.3, "effects.grain": 0.1 } });
  assert.equal(withSpec(turned), identity);
  const backwards = Object.fromEntries(Object.entries(spec).reverse()) as unknown as JobSpec;
  assert.equal(withSpec(backwards), identity);
});

test("another tenant, version, photo, map or anything else of the spec is another result", () => {
  const { spec, photo, disparity } = ORIGIN;
  const others = [
    resultIdentity({ ...ORIGIN, tenant: "acme" }),
    resultIdentity({ ...ORIGIN, version: "1.0.1" }),
    resultIdentity({ ...ORIGIN, photo: { ...photo, sha256: "c".repeat(64) } }),
    resultIdentity({ ...ORIGIN, photo: { ...photo, width: 641 } }),
    resultIdentity({ ...ORIGIN, disparity: { ...disparity, sha256: "c".repeat(64) } }),
    withSpec({ ...spec, seed: 1 }),
    withSpec({ ...spec, quality: "fine" }),
    withSpec({ ...spec, edges: "stretch" }),
    withSpec({ ...spec, artifacts: ["poster"] }),
    withSpec({ ...spec, outputs: specOf({ outputs: [{ crf: 30 }] }).outputs }),
    withSpec({ ...spec, values: { "effects.grain": 0.2, "camera.height": 0.3 } }),
    withSpec({ ...spec, sound: { sha256: "d".repeat(64), format: "wav" } }),
    withSpec({ ...spec, sound: { sha256: "e".repeat(64), format: "wav" } }),
  ];
  assert.equal(new Set([resultIdentity(ORIGIN), ...others]).size, others.length + 1);
});

test("every parameter of a spec is part of the key, unless it is listed as without effect", () => {
  const { spec } = ORIGIN;
  const [output] = spec.outputs;
  const keys = new Set([resultIdentity(ORIGIN)]);
  let changes = 1;
  const change = (other: object) => {
    keys.add(withSpec({ ...spec, ...other }));
    changes++;
  };
  for (const section of ["depth", "clip", "stereo", "stills", "camera", ""] as SpecSection[]) {
    for (const [key, row] of sectionParameters(section)) {
      if (section === "" && (WITHOUT_EFFECT as ReadonlySet<string>).has(key)) continue;
      const values = { [key]: otherThan(row) };
      change(section === "" ? values : { [section]: { ...spec[section], ...values } });
    }
  }
  for (const row of Object.values<ParameterRow>(STATE_PARAMETERS)) {
    change({ values: { ...spec.values, [row.name]: otherThan(row) } });
  }
  for (const row of Object.values<ParameterRow>(OUTPUT_PARAMETERS)) {
    const key = keysOf(row.name).at(-1) ?? "";
    change({ outputs: [{ ...output, [key]: otherThan(row) }] });
  }
  for (const row of Object.values<ParameterRow>(DEPTH_MAP_PARAMETERS)) {
    const key = keysOf(row.name).at(-1) ?? "";
    change({ depth: { ...spec.depth, map: { polarity: "near-is-white", [key]: otherThan(row) } } });
  }
  change({ motions: [{ parameter: "camera.height", kind: "values", values: [0.1] }] });
  change({ clip: { ...spec.clip, frameRate: { numerator: 25, denominator: 1 } } });
  assert.equal(keys.size, changes);
});

/** A value of the parameter that is neither its default nor what the origin above has. */
function otherThan(row: ParameterRow): number | boolean | string {
  if (row.kind === "flag") return !row.defaultValue;
  if (row.kind === "choice")
    return `${row.choices.find((word) => word !== row.defaultValue)}-other`;
  return row.minimum + 0.37 * (row.maximum - row.minimum);
}

test("a field of a later version counts without being known here", () => {
  const later = { ...ORIGIN.spec, watermark: "x" } as JobSpec;
  assert.notEqual(withSpec(later), resultIdentity(ORIGIN));
});

test("a result is kept unless any stage has made it in a lesser way", () => {
  const depth = { resultKey: "k" };
  const ofTheInput = [
    "DEPTH_STRETCHED",
    "DEPTH_FLAT",
    "DEPTH_EMBEDDED",
    "DEPTH_MAP_ORIENTATION",
    "DEPTH_MAP_LOSSY",
    "CAMERA_WEAKENED",
    "OUTPUT_LARGE",
    "OUTPUT_REDUCED",
    "CUTOUT_CHOSEN",
    "COLOR_TONE_MAPPED",
    "COLOR_DECLARATION_IGNORED",
  ];
  assert.equal(keptUnder(depth, []), "k");
  for (const code of Object.keys(NOTES)) {
    const expected = ofTheInput.includes(code) ? "k" : undefined;
    assert.equal(keptUnder(depth, [{ code: "DEPTH_FLAT" }, { code }]), expected, code);
  }
  assert.equal(keptUnder({ resultKey: null }, []), undefined);
});
