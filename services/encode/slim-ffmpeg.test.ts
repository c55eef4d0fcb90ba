/** The ffmpeg of the image has what this service asks an ffmpeg for. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SOUNDS } from "../../core/sound/codecs.js";
import { packagePath } from "../../kit/process/package-path.js";
import { ENCODERS } from "./encoders.js";

const script = readFileSync(packagePath("deploy", "ffmpeg", "build"), "utf8");

/** The names in one of the script's lists. */
function listed(list: string): ReadonlySet<string> {
  const names = new RegExp(`^${list}='([^']*)'`, "m").exec(script)?.[1];
  return new Set((names ?? assert.fail(`no list of ${list}`)).split(/\s+/));
}

function assertHas(list: string, names: Iterable<string>): void {
  const missing = [...new Set(names)].filter((name) => !listed(list).has(name));
  assert.deepEqual(missing, [], `${list} of deploy/ffmpeg/build`);
}

test("every software encoder, and NVIDIA's and VA-API's for H.264 and H.265", () => {
  const wanted = ENCODERS.filter(
    ({ hardware, codec }) => hardware === undefined || (hardware !== "qsv" && codec !== "av1"),
  );
  // configure writes an underscore where ffmpeg's name has a hyphen.
  assertHas(
    "encoders",
    wanted.map(({ name }) => name.replaceAll("-", "_")),
  );
  assertHas("encoders", ["aac", "libopus", "pcm_s16le", "wrapped_avframe"]);
});

test("the demuxer of every sound, and a decoder for each of its codecs", () => {
  const formats = Object.values(SOUNDS);
  assertHas(
    "demuxers",
    formats.map(({ demuxer }) => demuxer),
  );
  for (const { codecs } of formats) {
    for (const [codec, decoders] of Object.entries<readonly string[]>(codecs)) {
      const there = decoders.filter((name) => listed("decoders").has(name));
      assert.notEqual(there.length, 0, `no decoder of ${codec}`);
    }
  }
});

test("no protocol that reaches another machine", () => {
  assert.deepEqual([...listed("protocols")].sort(), ["file", "pipe", "unix"]);
});
