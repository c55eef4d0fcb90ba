/** A small scene for takeaways: a red disc before a blue wall. */
import type { TakeawaySource } from "../../services/render/takeaway/source.js";

const MAP = { width: 72, height: 48 };
const PHOTO = { width: 144, height: 96 };
const RED = [200, 40, 30];
const BLUE = [20, 60, 180];

/** Whether a point of the photo lies on the disc; x and y in [0, 1], y downwards. */
export const isOnDisc = (x: number, y: number) => Math.hypot(1.5 * (x - 0.5), y - 0.5) < 0.25;

/** `near` and `far` are the disparities of disc and wall. */
export function discTakeaway(near = 0.8, far = 0.1): TakeawaySource {
  const photo = new Uint8Array(3 * PHOTO.width * PHOTO.height);
  for (let y = 0, at = 0; y < PHOTO.height; y++) {
    for (let x = 0; x < PHOTO.width; x++, at += 3) {
      let inside = 0;
      for (let s = 0; s < 16; s++) {
        const sampleX = (x + ((s % 4) + 0.5) / 4) / PHOTO.width;
        const sampleY = (y + (Math.floor(s / 4) + 0.5) / 4) / PHOTO.height;
        if (isOnDisc(sampleX, sampleY)) inside += 1 / 16;
      }
      for (let c = 0; c < 3; c++) {
        photo[at + c] = Math.round(inside * (RED[c] ?? 0) + (1 - inside) * (BLUE[c] ?? 0));
      }
    }
  }
  const disparity = Uint16Array.from({ length: MAP.width * MAP.height }, (_, at) => {
    const x = ((at % MAP.width) + 0.5) / MAP.width;
    const y = (Math.floor(at / MAP.width) + 0.5) / MAP.height;
    return Math.round(65535 * (isOnDisc(x, y) ? near : far));
  });
  return {
    ...{ photo, photoSize: PHOTO, disparity, disparitySize: MAP },
    ...{ halfSides: { x: 1.5, y: 1 }, height: 0.2 },
  };
}
