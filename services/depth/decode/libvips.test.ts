/**
 * Blocking of libvips loaders. It needs its own test file, because it applies to the whole process.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { packagePath } from "../../../kit/process/package-path.js";
import { allowOnly } from "./libvips.js";

test("loaders of other formats are blocked, and so are all loaders that read files", async () => {
  const picture = sharp({ create: { width: 20, height: 20, channels: 3, background: "#123" } });
  const png = await picture.clone().png().toBuffer();
  const gif = await picture.clone().gif().toBuffer();
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  const read = (bytes: Buffer) => sharp(bytes).raw().toBuffer();
  await read(gif);
  await read(svg);
  allowOnly(["png"]);
  assert.equal((await read(png)).length, 20 * 20 * 3);
  await assert.rejects(read(gif));
  await assert.rejects(read(svg));
  await assert.rejects(sharp(packagePath("samples", "coffee.png")).raw().toBuffer());
  allowOnly(["png", "gif"]);
  await read(gif);
});
