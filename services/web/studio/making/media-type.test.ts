/** Codecs as ffmpeg's own manifest of the same file names them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { BoxReader } from "../../../../core/fragments/box-reader.js";
import { codecTitle, mediaTypeOf } from "./media-type.js";

const folder = mkdtempSync(join(tmpdir(), "depthmesh-codecs-"));
after(() => rmSync(folder, { recursive: true }));

/** The first video stream of a file, and with sound the second stream. */
function encode(codec: readonly string[], withSound: boolean) {
  const picture = ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=10:d=0.3"];
  const sound = withSound ? ["-f", "lavfi", "-i", "sine=d=0.3", "-c:a", "aac"] : [];
  const shared = ["-v", "error", "-y", ...picture, ...sound, "-c:v", ...codec];
  execFileSync("ffmpeg", [...shared, "-f", "dash", join(folder, "list.mpd")], { stdio: "pipe" });
  const flags = "frag_keyframe+empty_moov+default_base_moof+delay_moov";
  const movie = join(folder, "movie.mp4");
  execFileSync("ffmpeg", [...shared, "-movflags", flags, movie], { stdio: "pipe" });
  const manifest = readFileSync(join(folder, "list.mpd"), "utf8");
  const codecs = [...manifest.matchAll(/codecs="([^"]+)"/g)].map(([, name]) => name);
  const boxes = new BoxReader(["moov"]).push(readFileSync(movie));
  const moov = boxes.find(({ type }) => type === "moov")?.bytes;
  assert.ok(moov);
  return { moov, said: `video/mp4; codecs="${codecs.join(", ")}"` };
}

for (const [title, codec, withSound] of [
  ["H.264", ["libx264"], false],
  ["H.264 + AAC", ["libx264", "-pix_fmt", "yuv444p"], true],
  ["AV1", ["libaom-av1", "-cpu-used", "8", "-pix_fmt", "yuv420p10le"], false],
  ["VP9 + AAC", ["libvpx-vp9", "-deadline", "realtime"], true],
] as const) {
  test(`the type of ${title} is that of ffmpeg's manifest`, () => {
    const { moov, said } = encode(codec, withSound);
    assert.equal(mediaTypeOf(moov), said);
    assert.equal(codecTitle(said), title);
  });
}

test("H.265 has its profile, its level and its constraints", () => {
  // This ffmpeg's manifest says no more than hvc1.
  const { moov } = encode(["libx265", "-tag:v", "hvc1", "-pix_fmt", "yuv420p10le"], false);
  const type = mediaTypeOf(moov);
  assert.match(type, /^video\/mp4; codecs="hvc1\.2\.4\.L\d+\.90"$/);
  assert.equal(codecTitle(type), "H.265");
});

test("an init segment that is cut off or holds something else is refused", () => {
  const { moov } = encode(["libx264"], false);
  assert.throws(() => mediaTypeOf(moov.subarray(0, 200)), RangeError);
  const other = Uint8Array.from(moov);
  const at = Buffer.from(other).indexOf("avc1");
  other.set(Buffer.from("drmi"), at);
  assert.throws(() => mediaTypeOf(other), { name: "RangeError", message: /drmi/ });
});
