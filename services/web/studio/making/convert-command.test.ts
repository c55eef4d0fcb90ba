/** The printed line, read by a shell and by the command itself, makes what the page asks for. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Command } from "commander";
import { addConvert } from "../../../../cli/commands/convert.js";
import { type PlanOptions, planConversions } from "../../../../cli/convert-plan.js";
import type { ParameterRow } from "../../../../core/spec/parameters/row.js";
import { FIELD_PARAMETERS } from "../../../../core/spec/parameters.js";
import { resolveSpec } from "../../../../core/spec/resolve-spec.js";
import { JobSpec } from "../../../../proto/gen/depthmesh/v1/spec.js";
import type { JobSpecJson } from "../../../../proto/gen/json/depthmesh/v1/spec_pb.js";
import { fromWireSpec } from "../../../../wire/spec.js";
import { REGISTRY } from "../../json/descriptors.js";
import { encodeJson } from "../../json/proto-json.js";
import { withField } from "../spec/spec-fields.js";
import { convertCommand } from "./convert-command.js";
import { specToMake } from "./job-request.js";
import { commandLine } from "./shell-words.js";

const folder = mkdtempSync(join(tmpdir(), "depthmesh-command-"));
const before = process.cwd();
process.chdir(folder);
after(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

/** The words that a shell makes of a line. */
function shellWords(line: string): string[] {
  const script = `depthmesh() { printf '%s\\0' "$@"; }\n${line}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

/** What the command would send. */
async function planned(line: string): Promise<JobSpec> {
  const program = new Command().exitOverride();
  addConvert(program);
  let plan: { photos: string[]; options: PlanOptions } | undefined;
  program.commands[0]?.action((photos: string[], options: PlanOptions) => {
    plan = { photos, options };
  });
  program.parse(shellWords(line), { from: "user" });
  assert.ok(plan);
  const [first] = await planConversions(plan.photos, plan.options);
  assert.ok(first);
  return first.spec;
}

const SPEC = REGISTRY.getMessage("depthmesh.v1.JobSpec");

function sent(spec: JobSpecJson): JobSpec {
  assert.ok(SPEC);
  return JobSpec.decode(encodeJson(SPEC, spec));
}

/** With all defaults, and artifacts in one order: it does not change what is made. */
function complete(spec: JobSpec) {
  const resolved = resolveSpec(fromWireSpec(spec), { models: ["auto", "other"], maxFrames: 3600 });
  return { ...resolved, artifacts: [...resolved.artifacts].sort(), deadline: spec.deadline };
}

async function assertSame(spec: JobSpecJson, photo = "photo.jpg"): Promise<string> {
  writeFileSync(join(folder, photo), "");
  writeFileSync(join(folder, "depth-map.png"), "");
  const { groups, missing } = convertCommand(photo, spec);
  assert.deepEqual(missing, []);
  const line = commandLine(groups);
  assert.deepEqual(complete(await planned(line)), complete(sent(spec)), line);
  return line;
}

test("a request that sets nothing is the bare command, and files are named by the photo", async () => {
  assert.equal(await assertSame({}), "depthmesh convert photo.jpg");
  assert.equal(
    await assertSame(specToMake({})),
    "depthmesh convert photo.jpg -o photo.mp4 --depth photo-depth.png \\\n  --poster photo-poster.png",
  );
});

test("every parameter of the table reaches its field", async () => {
  for (const row of Object.values<ParameterRow>(FIELD_PARAMETERS)) {
    const value = trialOf(row);
    // Alone, not every value goes with the defaults of the others.
    const spec = withField<JobSpecJson>(companions(row.name), row, value);
    const { groups, missing } = convertCommand("photo.jpg", spec);
    assert.deepEqual(missing, [], row.name);
    writeFileSync(join(folder, "photo.jpg"), "");
    const asked = fromWireSpec(await planned(commandLine(groups)));
    assert.deepEqual(asked.fields, fromWireSpec(sent(spec)).fields, row.name);
    assert.notDeepEqual(asked.fields[row.name as keyof typeof asked.fields], undefined, row.name);
  }
});

/** A value that is not the default. */
function trialOf(row: ParameterRow) {
  if (row.kind === "choice") return row.choices.at(-1);
  if (row.kind === "flag") return !row.defaultValue;
  return row.step > 0 ? row.maximum : row.minimum * 0.7 + row.maximum * 0.3;
}

function companions(name: string): JobSpecJson {
  return name.startsWith("stills.poster") ? { artifacts: ["ARTIFACT_KIND_STILL_STRIP"] } : {};
}

test("preset, model, rate, caches, motions and all files are named as the command names them", async () => {
  const line = await assertSame({
    model: "other",
    camera: { preset: "orbital", intensity: 1.5, target: { x: -0.25, y: 0.5 } },
    clip: { durationSeconds: 2.5, frameRate: { numerator: 30_000, denominator: 1001 } },
    cachePolicy: "CACHE_POLICY_BYPASS",
    degradePolicy: "DEGRADE_POLICY_FORBID",
    priority: "PRIORITY_NORMAL",
    quality: "QUALITY_UNSPECIFIED",
    deadline: "2126-01-31T18:00:00Z",
    depth: { embedded: false, invert: true },
    stills: { posterFormat: "POSTER_FORMAT_JPEG", posterQuality: 70 },
    motions: [
      {
        parameter: "camera.zoom",
        keyframes: {
          keyframes: [
            { value: 0.9, easing: "EASING_HOLD" },
            { tau: 1, value: 0.8 },
          ],
        },
      },
      {
        parameter: "camera.height",
        components: {
          components: [{ kind: "COMPONENT_KIND_SINE", amplitude: 0.05, reverse: true }],
        },
      },
    ],
    outputs: [
      { container: "CONTAINER_MP4" },
      { container: "CONTAINER_GIF", dither: "DITHER_BAYER", maxSizeBytes: "5000000" },
    ],
    artifacts: [
      "ARTIFACT_KIND_POSTER",
      "ARTIFACT_KIND_VIEWER",
      "ARTIFACT_KIND_SCENE",
      "ARTIFACT_KIND_LAYERS",
      "ARTIFACT_KIND_NORMALS",
      "ARTIFACT_KIND_STILL_STRIP",
      "ARTIFACT_KIND_DEPTH",
    ],
  });
  assert.match(line, /--poster photo-poster\.jpg/);
  assert.match(line, /--fps 30000\/1001/);
});

test("settings of outputs become options where one value is for all files that take it", async () => {
  for (const outputs of [
    [{ container: "CONTAINER_WEBM", codec: "CODEC_AV1", crf: 30 }],
    [{ codec: "CODEC_VP9" }],
    [{ codec: "CODEC_PRORES" }],
    [{ container: "CONTAINER_MP4", codec: "CODEC_H264", speed: "SPEED_SLOW", gopFrames: 12 }],
    [
      { container: "CONTAINER_MP4", codec: "CODEC_H265" },
      { container: "CONTAINER_GIF", loops: 2 },
    ],
    [{ container: "CONTAINER_MP4" }, { container: "CONTAINER_MP4" }],
    [
      { container: "CONTAINER_MP4", crf: 21 },
      { container: "CONTAINER_WEBM", crf: 21 },
    ],
    [{ container: "CONTAINER_PNG_ZIP" }, { container: "CONTAINER_PNG_TAR" }],
  ] as const) {
    await assertSame({ outputs: [...outputs] });
  }
});

test("what the command cannot say is named, and not left out", () => {
  const missing = (spec: JobSpecJson) => convertCommand("photo.jpg", spec).missing;
  assert.deepEqual(missing({ priority: "PRIORITY_HIGH" }), ["priority"]);
  assert.deepEqual(
    missing({
      outputs: [
        { container: "CONTAINER_MP4", crf: 20 },
        { container: "CONTAINER_WEBM", crf: 30 },
      ],
    }),
    ["outputs.crf"],
  );
  assert.deepEqual(
    missing({
      outputs: [{ container: "CONTAINER_MP4", crf: 20 }, { container: "CONTAINER_WEBM" }],
    }),
    ["outputs.crf"],
  );
  assert.deepEqual(
    missing({
      outputs: [
        { container: "CONTAINER_MP4" },
        { codec: "CODEC_AV1", container: "CONTAINER_WEBM" },
      ],
    }),
    ["outputs.codec"],
  );
  assert.deepEqual(missing({ depth: { map: { format: "DEPTH_MAP_FORMAT_PNG" } } }), [
    "depth.map.format",
  ]);
  assert.deepEqual(missing({ later: { field: 1 } } as JobSpecJson), ["later.field"]);
});

test("the caller's own depth map is an option of its own", async () => {
  const line = await assertSame({ depth: { map: { polarity: "DEPTH_MAP_POLARITY_DISTANCE" } } });
  assert.match(line, /--depth-map depth-map\.png --polarity distance/);
  await assertSame({ depth: { map: { orientation: "DEPTH_MAP_ORIENTATION_AS_PHOTO" } } });
});

test("names of files survive the shell", async () => {
  for (const photo of [
    "it's a photo; $HOME `x`.jpg",
    "-o.png",
    "no-extension",
    "a.b.c.webp",
    "é ü.jpg",
  ]) {
    const line = await assertSame(specToMake({}), photo);
    assert.equal(shellWords(line)[1], photo.startsWith("-") ? `./${photo}` : photo);
  }
});
