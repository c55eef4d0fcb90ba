/**
 * Stored specifications: every field is read back, damage is refused, and those of earlier versions
 * are read.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packagePath } from "../../kit/process/package-path.js";
import { MONO } from "../scene/stereo/layout.js";
import { type SpecSection, sectionParameters } from "./fields.js";
import type { SpecRequest } from "./request.js";
import { resolveSpec } from "./resolve-spec.js";
import { readSpec, SPEC_VERSION, writeSpec } from "./stored-spec.js";

type Tree = { [key: string]: unknown };
type Path = readonly (string | number)[];

const LIMITS = { models: ["depth-anything", "tiny"], maxFrames: 3600 };

/**
 * A specification with every field that there was before specifications had a version, as it was
 * stored then. It stays as it is: parameters that are added later are not in it.
 */
const V1 = readFileSync(packagePath("core/spec/fixtures/spec-v1.json"), "utf8");
const v1 = () => JSON.parse(V1) as Tree;

/** The request of that specification. */
const EVERYTHING: SpecRequest = {
  preset: "zoom-in",
  frameRate: { numerator: 30000, denominator: 1001 },
  fields: {
    ...(v1().values as SpecRequest["fields"]),
    "camera.intensity": 0.5,
    "camera.phase": 0,
    "camera.loop": "once",
    "camera.hold_start_seconds": 0.1,
    "camera.hold_end_seconds": 0.125,
    "clip.duration_seconds": 0.5,
    "clip.width": 640,
    "clip.height": 360,
    "clip.fit": "pad",
    "clip.ssaa": 2,
    quality: "fine",
    edges: "stretch",
    seed: 7,
    "stills.poster_tau": 0.25,
    "stills.strip_count": 3,
    "depth.range_low_percent": 2,
    "depth.range_high_percent": 98,
    "depth.invert": true,
    "depth.edge_refinement": 0.5,
    "depth.fatten_pixels": -2,
    "depth.smoothing_pixels": 1.5,
    "depth.long_side_pixels": 512,
    cache_policy: "bypass",
  },
  depthMap: { format: "float32", polarity: "distance", width: 4, height: 3 },
  motions: [
    {
      parameter: "camera.height",
      components: [
        { kind: "set", bias: 0.1 },
        { kind: "sine", amplitude: 0.05, cycles: 2, phase: 0.25, reverse: true },
        { kind: "add", bias: 0.01 },
      ],
    },
    {
      parameter: "camera.zoom",
      keyframes: [
        { tau: 0, value: 1, easing: "linear" },
        { tau: 1, value: 0.9 },
      ],
    },
    { parameter: "effects.grain", values: Array(15).fill(0.1) },
  ],
  outputs: [
    {
      container: "mp4",
      codec: "h264",
      crf: 22,
      speed: "fast",
      gopFrames: 30,
      repeat: 2,
      acceleration: "hardware",
    },
    { codec: "av1", bitrateKbps: 800 },
    { container: "gif" },
    { container: "webp", quality: 80, loops: 3 },
  ],
  artifacts: ["depth", "poster", "strip"],
  priority: "high",
  degradePolicy: "forbid",
};

const bytesOf = (stored: unknown) => Buffer.from(JSON.stringify(stored));

function leavesOf(node: unknown, path: Path = []): Path[] {
  if (typeof node !== "object" || node === null) return [path];
  const keys = Array.isArray(node) ? node.keys() : Object.keys(node);
  return [...keys].flatMap((key) => leavesOf((node as Tree)[key], [...path, key]));
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce((node, key) => (node as Tree)[key], root);
}

/** `node` with only the fields that `like` has. */
function fieldsLike(node: unknown, like: unknown): unknown {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map((item, i) => fieldsLike(item, (like as Tree)[i]));
  const known = Object.entries(node).filter(([key]) => Object.hasOwn(like as Tree, key));
  return Object.fromEntries(
    known.map(([key, value]) => [key, fieldsLike(value, (like as Tree)[key])]),
  );
}

/** The specification of version 1 with another value at a path; undefined removes the field. */
function changed(path: Path, value: unknown): Tree {
  const root = v1();
  const last = path.at(-1) ?? "";
  let node = root;
  for (const key of path.slice(0, -1)) node = node[key] as Tree;
  if (value === undefined) delete node[last];
  else node[last] = value;
  return root;
}

const shown = (path: Path) =>
  path.map((key, i) => (typeof key === "number" ? `[${key}]` : i ? `.${key}` : key)).join("");

test("a specification without a version is read with every field as it was stored", () => {
  const spec = readSpec(bytesOf(v1()));
  for (const path of leavesOf(v1())) {
    assert.equal(valueAt(spec, path), valueAt(v1(), path), shown(path));
  }
});

test("what is written is read again, with a version in the file and none in the specification", () => {
  const spec = readSpec(bytesOf(v1()));
  const bytes = writeSpec(spec);
  assert.equal(JSON.parse(Buffer.from(bytes).toString()).version, SPEC_VERSION);
  assert.deepEqual(readSpec(bytes), spec);
  const request: SpecRequest = { fields: {}, motions: [], outputs: [], artifacts: [] };
  const least = resolveSpec(request, { models: ["tiny"], maxFrames: 3600 });
  assert.deepEqual(readSpec(writeSpec(least)), least);
});

for (const path of leavesOf(v1())) {
  test(`${shown(path)} of another type is refused with its path`, () => {
    for (const value of [null, {}, []]) {
      assert.throws(
        () => readSpec(bytesOf(changed(path, value))),
        (error: Error & { reason?: string }) =>
          error.reason === "INTERNAL" && error.message.includes(shown(path)),
        JSON.stringify(value),
      );
    }
  });
}

test("a word that is none of the choices is refused", () => {
  const free = ["model", "name", "sha256"];
  for (const path of leavesOf(v1())) {
    const words = !free.includes(String(path.at(-1)));
    if (words) {
      assert.throws(() => readSpec(bytesOf(changed(path, "no such"))), { reason: "INTERNAL" });
    }
  }
  assert.throws(() => readSpec(bytesOf(changed(["values", "camera.none"], 1))), {
    reason: "INTERNAL",
  });
});

test("a parameter that a stored specification lacks gets its default", () => {
  for (const section of ["depth", "clip", "stills", "camera", ""] as SpecSection[]) {
    for (const [key, { defaultValue }] of sectionParameters(section)) {
      const path = section === "" ? [key] : [section, key];
      if (["camera,loop", "camera,limit", "edges"].includes(path.join())) continue;
      const spec = readSpec(bytesOf(changed(path, undefined)));
      assert.equal(valueAt(spec, path), defaultValue, shown(path));
    }
  }
});

test("a specification of before edges could be filled is stretched, as its map was made for", () => {
  assert.equal(readSpec(bytesOf(v1())).edges, "stretch");
  assert.equal(readSpec(bytesOf({ ...v1(), edges: "fill" })).edges, "fill");
});

test("a specification of before the limits is drawn at its full strength", () => {
  assert.equal(readSpec(bytesOf(v1())).camera.limit, "none");
});

test("a specification of before stereo has one view, and stereo options have defaults", () => {
  assert.deepEqual(readSpec(bytesOf(v1())).stereo, MONO);
  const stereo = { layout: "anaglyph" };
  assert.deepEqual(readSpec(bytesOf({ ...v1(), stereo })).stereo, { ...MONO, ...stereo });
  for (const damage of [{ layout: "3d" }, { ...MONO, convergence: "near" }, 3]) {
    assert.throws(() => readSpec(bytesOf({ ...v1(), stereo: damage })), { reason: "INTERNAL" });
  }
});

test("a field of a later version is kept", () => {
  const later = { ...v1(), watermark: "x" };
  assert.deepEqual(readSpec(bytesOf(later)), { ...readSpec(bytesOf(v1())), watermark: "x" });
});

test("a part that is absent, a later version, a wrong version and bytes that are no JSON are refused", () => {
  const optional = ["quality", "edges", "sound", "seed", "cachePolicy"];
  for (const key of Object.keys(v1()).filter((name) => !optional.includes(name))) {
    assert.throws(() => readSpec(bytesOf(changed([key], undefined))), { reason: "INTERNAL" }, key);
  }
  for (const version of [SPEC_VERSION + 1, 0, 1.5, "1", null]) {
    const stored = { ...v1(), version };
    assert.throws(() => readSpec(bytesOf(stored)), { reason: "INTERNAL" }, String(version));
  }
  assert.throws(
    () => readSpec(Buffer.from(V1.slice(0, 100))),
    (error: Error) => error.cause instanceof SyntaxError,
  );
  assert.throws(() => readSpec(new Uint8Array([0xff])), { reason: "INTERNAL" });
});

test("the JSON of a resolved specification has the fields in the order of version 1", () => {
  // CreateJob hashes this JSON: a request that is repeated after an upgrade must have the same
  // hash.
  const { sound: _sound, ...expected } = v1();
  const resolved = fieldsLike(resolveSpec(EVERYTHING, LIMITS), expected);
  assert.equal(JSON.stringify(resolved), JSON.stringify(expected));
});
