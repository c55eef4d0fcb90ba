/**
 * `scripts/demo --picture` calls this after it has made `demo.webp`: puts the still and the depth
 * map beside each other as `demo.jpg`, and writes `demo.json`, which says what both were made from.
 */
import { writeFileSync } from "node:fs";
import sharp from "sharp";
import { PICTURES, picturePath, pictureRecord } from "./picture-record.js";

const GAP_PIXELS = 4;
const JPEG_QUALITY = 82;

const [still, depth] = process.argv.slice(2);
if (!still || !depth) throw new Error("usage: readme-picture STILL DEPTH");

const { width, height } = await sharp(still).metadata();
const map = await sharp(depth).toColourspace("b-w").resize(width, height).png().toBuffer();
await sharp({
  create: { width: 2 * width + GAP_PIXELS, height, channels: 3, background: "white" },
})
  .composite([
    { input: still, left: 0, top: 0 },
    { input: map, left: width + GAP_PIXELS, top: 0 },
  ])
  .jpeg({ quality: JPEG_QUALITY, mozjpeg: true })
  .toFile(picturePath(PICTURES.still));
writeFileSync(picturePath(PICTURES.record), `${JSON.stringify(pictureRecord(), null, 2)}\n`);
