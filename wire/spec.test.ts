/** A specification keeps its meaning as a message, for every field of the parameter table. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAP_FORMATS, MAP_POLARITIES } from "../core/depthmap/files/map-file.js";
import { codecRow, DITHERS, SPEEDS } from "../core/output/codecs.js";
import { combinations } from "../core/output/containers.js";
import { ACCELERATIONS } from "../core/output/spec.js";
import { PRESET_NAMES } from "../core/scene/presets.js";
import type { ParameterRow, ParameterValue } from "../core/spec/parameters/row.js";
import { FIELD_PARAMETERS } from "../core/spec/parameters.js";
import type { SpecRequest } from "../core/spec/request.js";
import { resolveSpec } from "../core/spec/resolve-spec.js";
import { type DeepPartial, JobSpec as WireSpec } from "../proto/gen/depthmesh/v1/spec.js";
import { fromWireSpec, toWireSpec } from "./spec.js";

const LIMITS = { models: ["tiny"], maxFrames: 3600 };

const resolve = (request: Partial<SpecRequest>) =>
  resolveSpec({ fields: {}, motions: [], outputs: [], artifacts: [], ...request }, LIMITS);

/** Encoded and decoded too, so that each field has the protocol's type. */
const overTheWire = (spec: ReturnType<typeof resolve>) =>
  WireSpec.decode(WireSpec.encode(toWireSpec(spec)).finish());

function assertRoundTrip(request: Partial<SpecRequest>): void {
  const spec = resolve(request);
  assert.deepEqual(resolveSpec(fromWireSpec(overTheWire(spec)), LIMITS), spec);
}

/** Values that a row allows: both limits of a number, and the default. */
function valuesOf(row: ParameterRow): ParameterValue[] {
  switch (row.kind) {
    case "number": {
      const grain = row.step || 1 / 1024;
      const low = row.exclusive === "minimum" ? row.minimum + grain : row.minimum;
      const high = row.exclusive === "maximum" ? row.maximum - grain : row.maximum;
      return [low, high, ...(row.defaultValue === undefined ? [] : [row.defaultValue])];
    }
    case "flag":
      return [true, false];
    case "choice":
      return [...row.choices];
  }
}

/** A stereo layout that takes the parameter, if it is one of stereo. */
function layoutFor(name: string): SpecRequest["fields"] {
  if (!name.startsWith("stereo.")) return {};
  return { "stereo.layout": name === "stereo.field_of_view_degrees" ? "vr180" : "anaglyph" };
}

for (const row of Object.values<ParameterRow>(FIELD_PARAMETERS)) {
  test(`${row.name} survives the wire`, () => {
    for (const value of valuesOf(row)) {
      // A hold is for a camera that moves once, in a clip that is longer than the hold.
      const hold = row.name.startsWith("camera.hold_");
      const held = hold && Number(value) > 2 ? 2 : value;
      const fields = {
        ...layoutFor(row.name),
        [row.name]: held,
        ...(hold && { "camera.loop": "once" }),
        ...(row.name === "clip.cutout_disparity" && { "clip.background": "none" }),
      };
      assertRoundTrip({ fields });
      const wire = overTheWire(resolve({ fields }));
      assert.equal(fromWireSpec(wire).fields[row.name as keyof typeof FIELD_PARAMETERS], held);
    }
  });
}

test("presets, motions, outputs and the rest survive the wire", () => {
  for (const preset of PRESET_NAMES) assertRoundTrip({ preset });
  assertRoundTrip({
    model: "tiny",
    frameRate: { numerator: 30_000, denominator: 1001 },
    fields: { "clip.duration_seconds": 0.5, "effects.color.sepia": 40 },
    outputs: [{ crf: 0 }],
    artifacts: ["depth"],
    priority: "high",
    degradePolicy: "forbid",
    motions: [
      { parameter: "camera.height", keyframes: [{ tau: 0, value: 0.5, easing: "hold" }] },
      {
        parameter: "camera.height",
        components: [
          { kind: "add", bias: 0.1 },
          { kind: "triangle", amplitude: 0.1, cycles: 0, phase: 0, reverse: true },
        ],
      },
      { parameter: "effects.grain", values: Array.from({ length: 15 }, (_, i) => i / 15) },
    ],
  });
});

test("a depth map supplied by the caller survives the wire, in every format and polarity", () => {
  for (const format of [undefined, ...MAP_FORMATS]) {
    for (const polarity of MAP_POLARITIES) {
      const size = format === "float32" && { width: 40, height: 30 };
      assertRoundTrip({ depthMap: { format, polarity, ...size } });
    }
  }
});

test("a message without set fields is a request without fields", () => {
  const request = fromWireSpec(
    WireSpec.fromPartial({ camera: {}, clip: {}, effects: {}, depth: {} }),
  );
  assert.deepEqual(request.fields, {});
  assert.deepEqual(request.motions, []);
});

test("an enum value of a later version is refused with its field", () => {
  const later = 99 as never;
  const keyframes = { keyframes: [{ easing: later }] };
  for (const [field, spec] of [
    ["quality", { quality: later }],
    ["edges", { edges: later }],
    ["camera.loop", { camera: { loop: later } }],
    ["degrade_policy", { degradePolicy: later }],
    ["cache_policy", { cachePolicy: later }],
    ["depth.map.format", { depth: { map: { format: later } } }],
    ["depth.map.polarity", { depth: { map: { polarity: later } } }],
    ["clip.fit", { clip: { fit: later } }],
    [
      "motions[0].keyframes[0].easing",
      { motions: [{ kind: { $case: "keyframes", value: keyframes } }] },
    ],
  ] satisfies [string, DeepPartial<WireSpec>][]) {
    assert.throws(() => fromWireSpec(WireSpec.fromPartial(spec)), {
      reason: "PARAMETER_UNKNOWN",
      metadata: { field, actual: "99" },
    });
  }
});

test("outputs of every kind survive the wire", () => {
  for (const { container, codec } of combinations()) {
    assertRoundTrip({ outputs: [{ container, codec }] });
    for (const pixelFormat of codecRow(codec).pixelFormats) {
      assertRoundTrip({ outputs: [{ container, codec, pixelFormat }] });
    }
  }
  for (const speed of SPEEDS) assertRoundTrip({ outputs: [{ speed }] });
  for (const dither of DITHERS)
    assertRoundTrip({ outputs: [{ container: "gif", dither, loops: 0 }] });
  for (const acceleration of ACCELERATIONS) assertRoundTrip({ outputs: [{ acceleration }] });
  assertRoundTrip({ outputs: [{ bitrateKbps: 500, gopFrames: 15, repeat: 4 }] });
  assertRoundTrip({ outputs: [{ container: "webp", quality: 0, loops: 3 }] });
});
