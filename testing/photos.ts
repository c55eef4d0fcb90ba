/** The photographs that benches run on: `--photos DIR`, or samples/. */
import { readdir } from "node:fs/promises";
import { join, parse, resolve } from "node:path";
import { packagePath } from "../kit/process/package-path.js";

const PHOTO = /\.(jpe?g|png|webp|avif|tiff?)$/i;

export interface Photo {
  /** File name without its ending. */
  readonly name: string;
  readonly path: string;
}

/** Throws when the folder holds none. */
export async function listPhotos(folder: string | undefined): Promise<readonly Photo[]> {
  const where = folder === undefined ? packagePath("samples") : resolve(folder);
  const files = (await readdir(where)).filter((file) => PHOTO.test(file)).sort();
  if (files.length === 0) throw new Error(`no photographs in ${where}`);
  return files.map((file) => ({ name: parse(file).name, path: join(where, file) }));
}
