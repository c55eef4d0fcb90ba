/** Damaged photos: the structure check, and then the guarded decoder. */
import { PHOTO_FORMATS } from "../../core/photo/format.js";
import { DEFAULT_PHOTO_LIMITS, inspectPhoto } from "../../core/photo/inspect.js";
import { photoRules } from "../../services/depth/config.js";
import { Decoder } from "../../services/depth/decode/decoder.js";
import { mutated } from "../../testing/mutations.js";
import { photoFiles } from "../../testing/photos.js";
import type { FuzzTarget } from "./fuzz.js";

const RULES = photoRules({ maxPixels: 50_000_000, photoFormats: PHOTO_FORMATS.join(" ") });
const LIMIT_MS = 5_000;

export async function openPhotos(): Promise<FuzzTarget> {
  const decoder = await Decoder.start({ memoryBytes: 2 ** 30, timeMs: LIMIT_MS, stallMs: 60_000 });
  const files = await photoFiles();
  const fit = { longSidePixels: 1024 };
  let { pid } = decoder;
  let lost = 0;
  return {
    input(run, random) {
      const { name, bytes: whole } = files[run % files.length] ?? { name: "", bytes: Buffer.of() };
      const bytes = mutated(whole, random);
      const receive = async () => {
        // As the gateway does, before anything is stored.
        inspectPhoto(bytes, DEFAULT_PHOTO_LIMITS);
        try {
          const { rgb, width, height } = await decoder.photo(bytes, { ...RULES, fit });
          if (rgb.length !== 3 * width * height) throw new Error(`${rgb.length} bytes`);
        } finally {
          if (decoder.pid !== pid) lost += 1;
          pid = decoder.pid;
        }
      };
      return { name, receive };
    },
    isRefusal: (reason) => reason.startsWith("IMAGE_"),
    limitMs: LIMIT_MS,
    nowMs: () => performance.now(),
    lost: () => lost,
    close: () => decoder.close(),
  };
}
