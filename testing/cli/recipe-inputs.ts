/** Photos and a sound by the names that the commands of docs/recipes.md use. */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { packagePath } from "../../kit/process/package-path.js";
import { SAMPLE } from "../mesh/fixture.js";

const run = promisify(execFile);

/** Writes them into `folder`, which exists. */
export async function makeRecipeInputs(folder: string): Promise<void> {
  const at = (name: string) => join(folder, name);
  const photo = () => sharp(SAMPLE);
  await photo().jpeg().toFile(at("photo.jpg"));
  await sharp(packagePath("samples", "astronaut.png")).jpeg().toFile(at("portrait.jpg"));
  await mkdir(at("photos"));
  await photo().flip().jpeg().toFile(at("photos/a.jpg"));
  await photo().flop().jpeg().toFile(at("photos/b.jpg"));
  const disc = Buffer.from(
    '<svg width="600" height="400"><circle cx="300" cy="200" r="150"/></svg>',
  );
  const cut = { input: disc, blend: "dest-in" } as const;
  await photo().ensureAlpha().resize(600, 400).composite([cut]).png().toFile(at("cutout.png"));
  const tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"];
  await run("ffmpeg", ["-v", "error", ...tone, at("music.mp3")]);
}
