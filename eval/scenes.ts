/** Photographs with ground truth in a folder. */
import { readdir } from "node:fs/promises";
import { join, parse } from "node:path";

export interface SceneFiles {
  readonly name: string;
  readonly photo: string;
  readonly truth: string;
}

const PHOTO = /\.(jpe?g|png|webp|avif|tiff?)$/i;
const TRUTH = /_disp\.(png|pfm|npy|exr)$/i;

/**
 * Each `NAME_disp.{png,pfm,npy,exr}` with its photo, `NAME.*` or `NAME_rgb.*`. Throws when a truth has no photo, and when
 * there is none.
 */
export async function findScenes(folder: string): Promise<SceneFiles[]> {
  const files = (await readdir(folder)).sort();
  const scenes = files
    .filter((file) => TRUTH.test(file))
    .map((truth) => {
      const name = truth.replace(TRUTH, "");
      const photo = files.find(
        (file) =>
          PHOTO.test(file) && !TRUTH.test(file) && [name, `${name}_rgb`].includes(parse(file).name),
      );
      if (!photo) throw new Error(`${truth} has no photo ${name}.* or ${name}_rgb.*`);
      return { name, photo: join(folder, photo), truth: join(folder, truth) };
    });
  if (scenes.length > 0) return scenes;
  throw new Error(`no ground truth in ${folder}: looked for NAME_disp.png, .pfm, .npy or .exr`);
}
