/** Rasters that a caller sends in chunks. */
import { DepthmeshError, rangeError } from "../../core/errors.js";
import type { Size } from "../../core/geometry/size.js";
import type { RasterSize } from "../../proto/gen/depthmesh/stage/v1/render_service.js";

/**
 * Throws PARAMETER_OUT_OF_RANGE and IMAGE_TOO_MANY_PIXELS; `field` names the size in the request.
 */
export function rasterSize(field: string, size: RasterSize | undefined, maxPixels: number): Size {
  const { width = 0, height = 0 } = size ?? {};
  if (width < 1 || height < 1) {
    const actual = `${width}×${height}`;
    throw rangeError(field, actual, { minimum: "1×1" }, `${field} has no pixels`);
  }
  if (width * height > maxPixels) {
    throw new DepthmeshError("IMAGE_TOO_MANY_PIXELS", `${field} has too many pixels`, {
      metadata: { field, actual_pixels: String(width * height), limit_pixels: String(maxPixels) },
    });
  }
  return { width, height };
}

/** Collects the chunks of one raster into memory of the size that the header promised. */
export class Raster {
  readonly #field: string;
  readonly #bytes: Uint8Array;
  #filled = 0;

  constructor(field: string, sizeBytes: number) {
    this.#field = field;
    this.#bytes = new Uint8Array(sizeBytes);
  }

  /** Throws PARAMETER_CONFLICT where they are too many. */
  add(chunk: Uint8Array): void {
    const filled = this.#filled + chunk.length;
    if (filled > this.#bytes.length) throw this.#wrongLength(`${filled} or more`);
    this.#bytes.set(chunk, this.#filled);
    this.#filled = filled;
  }

  /** Whether all bytes are there. */
  get isWhole(): boolean {
    return this.#filled === this.#bytes.length;
  }

  /** Throws PARAMETER_CONFLICT where bytes are missing. */
  whole(): Uint8Array {
    if (this.#filled < this.#bytes.length) throw this.#wrongLength(String(this.#filled));
    return this.#bytes;
  }

  #wrongLength(actual: string): DepthmeshError {
    const expected = this.#bytes.length;
    const message = `${this.#field} has ${actual} bytes; its size makes ${expected}`;
    return new DepthmeshError("PARAMETER_CONFLICT", message, {
      metadata: {
        field: this.#field,
        actual_bytes: actual,
        limit_bytes: String(expected),
      },
    });
  }
}
