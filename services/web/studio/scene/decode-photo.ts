/**
 * Decodes a photo into the samples that scenes are made of. The pixels are read back from a
 * texture, because a 2D canvas changes colors that are partly transparent.
 */
import { DepthmeshError } from "../../../../core/errors.js";
import { type Size, withinLongSide } from "../../../../core/geometry/size.js";
import { overWhite } from "../../../../core/output/alpha.js";
import { createColorTarget } from "../../../../drawing/color-target.js";

export interface DecodedPhoto {
  readonly size: Size;
  /** RGB, [height, width, 3], over white. */
  readonly rgb: Uint8Array;
  /** [height, width]; undefined where the photo is opaque. */
  readonly alpha: Uint8Array | undefined;
}

/**
 * The samples as the file has them, whatever color profile it names: the server has made them sRGB.
 * A photo larger than textures may be is scaled down. Throws IMAGE_CORRUPT.
 */
export async function decodePhoto(gl: WebGL2RenderingContext, file: Blob): Promise<DecodedPhoto> {
  const bitmap = await bitmapOf(gl, file);
  const size = { width: bitmap.width, height: bitmap.height };
  const target = createColorTarget(gl, size);
  const rgba = new Uint8Array(4 * size.width * size.height);
  try {
    gl.bindTexture(gl.TEXTURE_2D, target.texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    // The first row of the picture is the first of the texture.
    gl.readPixels(0, 0, size.width, size.height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
  } finally {
    target.free();
    bitmap.close();
  }
  return { size, rgb: overWhite(rgba), alpha: alphaOf(rgba) };
}

async function bitmapOf(gl: WebGL2RenderingContext, file: Blob): Promise<ImageBitmap> {
  const asItIs = { colorSpaceConversion: "none", premultiplyAlpha: "none" } as const;
  try {
    const bitmap = await createImageBitmap(file, asItIs);
    const fitting = withinLongSide(bitmap, Number(gl.getParameter(gl.MAX_TEXTURE_SIZE)));
    if (fitting.width === bitmap.width && fitting.height === bitmap.height) return bitmap;
    bitmap.close();
    const { width: resizeWidth, height: resizeHeight } = fitting;
    return await createImageBitmap(file, { ...asItIs, resizeWidth, resizeHeight });
  } catch (cause) {
    throw new DepthmeshError("IMAGE_CORRUPT", "the browser cannot decode the photo", { cause });
  }
}

function alphaOf(rgba: Uint8Array): Uint8Array | undefined {
  const alpha = new Uint8Array(rgba.length / 4);
  let least = 255;
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    const value = rgba[4 * pixel + 3] ?? 255;
    alpha[pixel] = value;
    if (value < least) least = value;
  }
  return least < 255 ? alpha : undefined;
}
