/**
 * The file that a result of a photo is written to: the output as the user wrote it, a file of the
 * photo's name in an existing folder, or a pattern with `{name}` or `{file}`.
 */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { DepthmeshError } from "../core/errors.js";

/** The photo's file name with its extension, and without. */
const PLACES = /\{(name|file)\}/g;

/** `holiday/beach.jpg` is `beach`. */
export function stemOf(photo: string): string {
  return basename(photo, extname(photo));
}

/** Whether an output is a folder: one that exists, or a path that ends in `/`. */
export function isFolder(output: string): boolean {
  return output.endsWith("/") || (existsSync(output) && statSync(output).isDirectory());
}

/**
 * What several photos share: a name without an extension can only be a folder, which is written
 * with `/` at its end.
 */
export function sharedOutput(output: string): string {
  const isName = extname(output) === "" && output.search(PLACES) < 0 && !output.endsWith("/");
  return isName && output !== "-" && !existsSync(output) ? `${output}/` : output;
}

/** `ending` follows the photo's name in a folder: `.mp4`, `-depth.png`. */
export function outputFor(output: string, photo: string, ending: string): string {
  if (isFolder(output)) return join(output, `${stemOf(photo)}${ending}`);
  return output.replace(PLACES, (_, place) => (place === "name" ? stemOf(photo) : basename(photo)));
}

/**
 * The file that is made where no output is named: beside the photo. Throws PARAMETER_CONFLICT if it
 * exists, because the user has not named it, so it could be any file.
 */
export function besidePhoto(photo: string, ending: string): string {
  const path = join(dirname(photo), `${stemOf(photo)}${ending}`);
  if (!existsSync(path)) return path;
  const message = `${path} exists; to replace it, name it or its folder: -o ${path}`;
  throw new DepthmeshError("PARAMETER_CONFLICT", message);
}

/**
 * Throws PARAMETER_CONFLICT if several photos would be written to the same file. `option` is the
 * option that named it.
 */
export function assertDiffers(output: string, option: string): void {
  if (isFolder(output) || output.search(PLACES) >= 0) return;
  const message = `several photos cannot share ${option} ${output}: name a folder (${stemOf(output)}/), or write {name} for the name of each photo`;
  throw new DepthmeshError("PARAMETER_CONFLICT", message);
}
