/** The depth maps that phones' cameras put into their photos are found, and nothing else is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findEmbeddedDepth } from "./depth.js";

const MAP = Buffer.from("the file of a map");
const SCAN = Buffer.from([0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]);

function segment(app: number, ...content: (string | Uint8Array)[]): Buffer {
  const payload = Buffer.concat(content.map((part) => Buffer.from(part as string, "latin1")));
  const header = Buffer.from([0xff, 0xe0 + app, 0, 0]);
  header.writeUInt16BE(payload.length + 2, 2);
  return Buffer.concat([header, payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const jpeg = (...segments: Uint8Array[]) =>
  Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments, SCAN]);
const xmp = (text: string) => segment(1, "http://ns.adobe.com/xap/1.0/\0", text);
const GUID = "0123456789ABCDEF0123456789ABCDEF";

/** The extension in parts of at most 40 bytes, the last one first. */
function extension(text: string, guid = GUID): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < text.length; at += 40) {
    const head = `http://ns.adobe.com/xmp/extension/\0${guid}`;
    parts.unshift(segment(1, head, uint32(text.length), uint32(at), text.slice(at, at + 40)));
  }
  return Buffer.concat(parts);
}

test("GDepth in extended XMP", () => {
  const main = `<x xmpNote:HasExtendedXMP="${GUID}" GDepth:Format="RangeInverse" GDepth:Near="0.2" GDepth:Far="9" GDepth:Mime="image/png"/>`;
  const found = findEmbeddedDepth(
    jpeg(xmp(main), extension(`<x GDepth:Data="${MAP.toString("base64")}"/>`)),
  );
  assert.equal(found?.kind, "GDepth");
  assert.deepEqual(Buffer.from(found?.bytes ?? []), MAP);
  assert.deepEqual(found?.input, { format: "png", polarity: "far-is-white" });
});

test("fill bytes in front of a marker hide no map", () => {
  const main = `<x GDepth:Format="RangeInverse" GDepth:Mime="image/png" GDepth:Data="${MAP.toString("base64")}"/>`;
  const found = findEmbeddedDepth(
    jpeg(Buffer.alloc(3, 0xff), segment(0, "JFIF"), Buffer.of(0xff), xmp(main)),
  );
  assert.equal(found?.kind, "GDepth");
});

test("GDepth of distances, as elements in the main packet", () => {
  const element = (name: string, value: string) => `<GDepth:${name}>${value}</GDepth:${name}>`;
  const facts = { Format: "RangeLinear", Near: "0.5", Far: "20", Mime: "image/jpeg" };
  const all = Object.entries({ ...facts, Data: MAP.toString("base64") });
  const found = findEmbeddedDepth(
    jpeg(xmp(all.map(([name, value]) => element(name, value)).join(""))),
  );
  assert.deepEqual(found?.input, {
    format: "jpeg",
    polarity: "distance",
    distances: { zero: 0.5, full: 20 },
  });
});

test("an item of Dynamic Depth, behind the photo and in front of another item", () => {
  const video = Buffer.from("a video of some length");
  const item = (more: string) => `<Container:Item ${more}/>`;
  const items = [
    item('Item:Mime="image/jpeg" Item:Length="0"'),
    item(`Item:Mime="image/png" Item:Length="${MAP.length}" Item:DataURI="android/depthmap"`),
    item(`Item:Mime="video/mp4" Item:Length="${video.length}" Item:Padding="3"`),
  ];
  const facts = '<y DepthMap:Format="RangeInverse" DepthMap:Near="1" DepthMap:Far="2"/>';
  const file = Buffer.concat([jpeg(xmp(facts + items.join(""))), MAP, Buffer.alloc(3), video]);
  const found = findEmbeddedDepth(file);
  assert.equal(found?.kind, "DynamicDepth");
  assert.deepEqual(Buffer.from(found?.bytes ?? []), MAP);
});

/** A photo with a list of pictures and those pictures behind it. */
function withPictures(...pictures: Buffer[]): Buffer {
  const entries = Buffer.alloc(16 * (pictures.length + 1));
  const directory = Buffer.alloc(8 + 2 + 12 + 4);
  directory.write("MM\0*", 0, "latin1");
  directory.writeUInt32BE(8, 4);
  directory.writeUInt16BE(1, 8);
  directory.writeUInt16BE(0xb002, 10);
  directory.writeUInt16BE(7, 12);
  directory.writeUInt32BE(entries.length, 14);
  directory.writeUInt32BE(directory.length, 18);
  const build = () => jpeg(segment(2, "MPF\0", directory, entries));
  // Behind SOI, the segment's header and its signature.
  const listAt = 2 + 4 + 4;
  let at = build().length;
  for (const [i, picture] of pictures.entries()) {
    entries.writeUInt32BE(picture.length, 16 * (i + 1) + 4);
    entries.writeUInt32BE(at - listAt, 16 * (i + 1) + 8);
    at += picture.length;
  }
  return Buffer.concat([build(), ...pictures]);
}

test("an auxiliary picture of the Multi-Picture Format that says it is disparity or depth", () => {
  const preview = jpeg();
  const gain = jpeg(xmp('<x apdi:AuxiliaryImageType="urn:com:camera:photo:2020:aux:hdrgainmap"/>'));
  const disparity = jpeg(xmp('<x apdi:AuxiliaryImageType="disparity"/>'));
  const found = findEmbeddedDepth(withPictures(preview, gain, disparity));
  assert.equal(found?.kind, "MPF");
  assert.deepEqual(Buffer.from(found?.bytes ?? []), disparity);
  assert.deepEqual(found?.input, { format: "jpeg", polarity: "near-is-white" });
  const depth = jpeg(
    xmp('<x apdi:AuxiliaryImageType="depth" apdi:FloatMinValue="0.5" apdi:FloatMaxValue="4.5"/>'),
  );
  assert.deepEqual(findEmbeddedDepth(withPictures(depth))?.input, {
    format: "jpeg",
    polarity: "distance",
    distances: { zero: 0.5, full: 4.5 },
  });
});

test("a photo without a map has none, and broken lists are no error", () => {
  const gdepth = (more: string) =>
    jpeg(xmp(`<x GDepth:Mime="image/png" GDepth:Data="AAAA" ${more}/>`));
  const whole = withPictures(jpeg(xmp('<x apdi:AuxiliaryImageType="disparity"/>')));
  const files: Uint8Array[] = [
    new Uint8Array(),
    jpeg(),
    jpeg(xmp("<x/>")),
    withPictures(jpeg()),
    gdepth('GDepth:Format="RangeLinear" GDepth:Near="0" GDepth:Far="1"'),
    gdepth('GDepth:Format="Other"'),
    jpeg(
      xmp(`<x xmpNote:HasExtendedXMP="${GUID}"/>`),
      extension('GDepth:Data="AAAA"', "F".repeat(32)),
    ),
    jpeg(xmp('<Container:Item Item:Mime="image/png" Item:Length="999999" Item:Semantic="Depth"/>')),
  ];
  for (let length = 0; length < 80; length++) files.push(whole.subarray(0, length));
  for (const file of files) assert.equal(findEmbeddedDepth(file), undefined);
});
