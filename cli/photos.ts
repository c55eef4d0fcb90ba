/** The photos that the user names: files, and folders with photos in them. */
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import { containerOfFile } from "../core/output/containers.js";
import { assertReadable } from "./files.js";

/** Of the files in a folder, those with one of these extensions are photos. */
export const PHOTO_EXTENSIONS: readonly string[] = [
  ...[".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".tif", ".tiff", ".heic", ".heif", ".jxl"],
];

/**
 * The files of `paths`, each folder replaced by its photos in alphabetical order, without those of
 * inner folders. Throws PARAMETER_CONFLICT for the name of a video, and FILE_NOT_FOUND for a path
 * that does not exist, a file that cannot be read and a folder without photos.
 */
export async function photosIn(paths: readonly string[]): Promise<string[]> {
  const photos: string[] = [];
  for (const path of paths) {
    assertNoVideo(path);
    const facts = await stat(path).catch(() => undefined);
    if (facts?.isDirectory()) {
      photos.push(...(await photosOfFolder(path)));
    } else {
      await assertReadable(path);
      photos.push(path);
    }
  }
  return photos;
}

/** `convert photo.jpg video.mp4` is what other programs take. */
function assertNoVideo(path: string): void {
  const extension = extname(path).toLowerCase();
  if (!containerOfFile(path) || PHOTO_EXTENSIONS.includes(extension)) return;
  const message = `${path} is no photo; to write it, name it with -o: -o ${path}`;
  throw new DepthmeshError("PARAMETER_CONFLICT", message);
}

async function photosOfFolder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new DepthmeshError("FILE_NOT_FOUND", `${folder} cannot be read`, { cause });
  });
  const names = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .filter((name) => PHOTO_EXTENSIONS.includes(extname(name).toLowerCase()));
  if (names.length === 0) {
    throw new DepthmeshError("FILE_NOT_FOUND", `${folder} has no photos in it`, {
      metadata: { known: PHOTO_EXTENSIONS.join(" ") },
    });
  }
  return names.sort().map((name) => join(folder, name));
}
