/**
 * Alpha of 8-bit pictures. A photo is stored over white, beside its alpha: what is over white and
 * what is premultiplied differ by the white that shows through, so that both follow from one.
 */

/**
 * Colors over white multiplied by their alpha, which is given as gray in the same channels. A
 * fourth channel stays as it is.
 */
export function premultiplied(
  overWhite: Uint8Array,
  matte: Uint8Array,
  channels: 3 | 4,
): Uint8Array {
  const result = overWhite.slice();
  for (let at = 0; at < result.length; at++) {
    if (at % channels === 3) continue;
    result[at] = Math.max(0, (overWhite[at] ?? 0) - 255 + (matte[at] ?? 0));
  }
  return result;
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

/** Straight RGBA of RGB over white and its alpha. What is wholly transparent is white. */
export function straightOfWhite(overWhite: Uint8Array, alpha: Uint8Array): Uint8Array {
  const rgba = new Uint8Array(4 * alpha.length);
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    const cover = alpha[pixel] ?? 255;
    rgba[4 * pixel + 3] = cover;
    for (let channel = 0; channel < 3; channel++) {
      const dark = 255 - (overWhite[3 * pixel + channel] ?? 255);
      rgba[4 * pixel + channel] =
        cover === 0 ? 255 : Math.max(0, Math.round(255 - (dark * 255) / cover));
    }
  }
  return rgba;
}
