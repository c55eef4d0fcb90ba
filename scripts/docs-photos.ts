/** docs/photos.md: the photos that are taken, from the table that uploads are checked against. */
import { FORMAT_TITLES, PHOTO_FORMATS, type PhotoFormat } from "../core/photo/format.js";
import { DEFAULT_PHOTO_LIMITS } from "../core/photo/limits.js";
import { TAKEN } from "../core/photo/taken.js";
import { NOTICE, table } from "./docs-table.js";

const MIB = 2 ** 20;

export function photosPage(): string {
  const { maxBytes, maxPixels, minSidePixels, maxSidePixels, maxFrames } = DEFAULT_PHOTO_LIMITS;
  return [
    "# Photos",
    NOTICE,
    "The gateway checks the structure of a photo while it is uploaded, before anything is stored. The depth service decodes it in" +
      " a process of its own with limits. Both go by this table; what is not in it is refused at the upload with" +
      " IMAGE_UNSUPPORTED_FORMAT, and the message says what was found and what to do.",
    table(
      ["format", "coding", "colors", "bits of a sample"],
      PHOTO_FORMATS.flatMap((format) => kindLines(format)),
    ),
    `The limits are ${maxBytes / MIB} MiB, ${maxPixels / 1e6} megapixels, sides from ${minSidePixels} to ${maxSidePixels} pixels and` +
      ` ${maxFrames} frames or pages; operators can change the first two (\`DEPTHMESH_MAX_UPLOAD_BYTES\`, \`DEPTHMESH_MAX_PIXELS\`)` +
      " and leave formats out (`DEPTHMESH_PHOTO_FORMATS`).",
    "## What is shown",
    [
      "- Photos are turned upright: by EXIF's orientation, in AVIF and HEIC by `irot` and `imir` alone, as their standard says.",
      "- Of an animation the first frame is used, of a TIFF the first page, of an AVIF or HEIC the primary picture, of a JPEG" +
        " the first picture. Previews, depth images, gain maps and videos behind it are left alone.",
      "- Transparent parts are white, and so is the part of a GIF's or WebP's canvas that the first frame does not cover. A first frame that reaches beyond its GIF's screen enlarges it.",
      "- Colors: [color.md](color.md).",
    ].join("\n"),
    "## HEIC",
    "HEIC, the format of phones, is decoded by libheif and libde265 (libheif-js, WebAssembly, LGPL-3.0), because libvips as sharp" +
      " ships it has no HEVC decoder: single pictures and grids, alpha, 8 to 12 bits, profiles up to the format range extensions." +
      " Damage inside the coded picture is concealed by libde265 and cannot be told; what is cut off is.",
    "## Deviations that are taken",
    "Phones and scanners write files that differ from their standards. They are taken where every pixel is there: a JPEG with" +
      " stray bytes before a marker or with something else in place of its end marker, a GIF without a trailer or with a cut" +
      " later frame, a PNG without its end chunk, a WebP with a wrong length or a cut later frame, a TIFF with unsorted tags, with" +
      " fields of no importance for its pixels that are wrong, of one strip without its byte count or with a broken later page," +
      " an AVIF or HEIC with other data behind it, an image sequence with a still picture. A JPEG file that ends without an end marker is cut and refused.",
    "A decoding library warns of much. Whether a warning is damage is decided by the file's own data: for a JPEG, whether each" +
      " coefficient of each block is there; for a PNG, its checksums and its deflated length. An error has the library's words in" +
      " its metadata as `decoder_words`.",
    "## Refused, and what to do",
    table(
      ["upload", "what to do"],
      [
        ["JPEG XL", "`djxl photo.jxl photo.png`"],
        ["JPEG 2000", "`opj_decompress -i photo.jp2 -o photo.png`"],
        ["camera raw", "develop it to a JPEG or a 16-bit TIFF"],
        ["JPEG with 12 bits, lossless JPEG, JPEG-LS", "save it as a PNG with 8 or 16 bits"],
        [
          "TIFF with 12 bits, more than one channel beside the colors, tiles of separate colors, 8-bit Lab, LogLuv, old JPEG, LZMA, Zstandard",
          "save it with 8 or 16 bits of RGB or gray",
        ],
        ["HEIF with H.264, VVC or JPEG pictures", "export it as JPEG"],
        ["SVG, PDF, BMP, PSD, video", "save it, or a frame of it, as JPEG or PNG"],
      ],
    ),
    "## Decoding",
    "A photo may use `DEPTHMESH_DECODE_TIMEOUT_MS` of processor time and `DEPTHMESH_DECODE_MEMORY_MIB` of memory; beyond them it is" +
      " refused. On a busy machine it may take ten times as long on the clock; then the stage is tried again.",
  ].join("\n\n");
}

function kindLines(format: PhotoFormat): string[][] {
  return TAKEN.filter((row) => row.format === format).map(({ codings, colors, bits }) => [
    FORMAT_TITLES[format],
    codings.join(", "),
    colors.join(", "),
    bits.join(", "),
  ]);
}
