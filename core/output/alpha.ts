/**
 * Alpha of 8-bit pictures. A photo is stored over white, beside its alpha: what is over white and
 * what is premultiplied differ by the white that shows through, so that both follow from one.
 */

/** Premultiplied RGBA of RGB over white and its alpha (a byte for each pixel). */
export function premultiplied(overWhite: Uint8Array, alpha: Uint8Array): Uint8Array {
  const rgba = new Uint8Array(4 * alpha.length);
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    const cover = alpha[pixel] ?? 255;
    for (let channel = 0; channel < 3; channel++) {
      rgba[4 * pixel + channel] = Math.max(0, (overWhite[3 * pixel + channel] ?? 0) - 255 + cover);
    }
    rgba[4 * pixel + 3] = cover;
  }
  return rgba;
}

/** RGB over white of straight RGBA. */
export function overWhite(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((3 * rgba.length) / 4);
  for (let pixel = 0; 4 * pixel < rgba.length; pixel++) {
    const cover = rgba[4 * pixel + 3] ?? 255;
    for (let channel = 0; channel < 3; channel++) {
      const over = (rgba[4 * pixel + channel] ?? 0) * cover + 255 * (255 - cover);
      rgb[3 * pixel + channel] = Math.round(over / 255);
    }
  }
  return rgb;
}
