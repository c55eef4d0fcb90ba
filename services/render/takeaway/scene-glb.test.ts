/** The glTF is valid, and its camera sees the photo. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Document, NodeIO, type Primitive } from "@gltf-transform/core";
import { validateBytes } from "gltf-validator";
import sharp from "sharp";
import { discTakeaway } from "../../../testing/render/disc-takeaway.js";
import { sceneGlb } from "./scene-glb.js";
import { sheetsOf } from "./sheets.js";

const SOURCE = discTakeaway();

async function read(bytes: Uint8Array): Promise<Document> {
  return new NodeIO().readBinary(new Uint8Array(bytes));
}

const primitive = (document: Document, name: string): Primitive => {
  const mesh = document
    .getRoot()
    .listMeshes()
    .find((each) => each.getName() === name);
  return mesh?.listPrimitives()[0] ?? assert.fail(`there is no ${name}`);
};

for (const [what, source] of [
  ["two sheets", SOURCE],
  ["a flat scene", discTakeaway(0.5, 0.5)],
  ["a camera of height 0", { ...SOURCE, height: 0 }],
] as const) {
  test(`${what}: Khronos' validator finds no error and no warning`, async () => {
    const { bytes } = await sceneGlb(sheetsOf(source), source.height);
    const { issues, info } = await validateBytes(new Uint8Array(bytes));
    assert.deepEqual([issues.numErrors, issues.numWarnings], [0, 0], JSON.stringify(issues));
    assert.ok(info.totalTriangleCount >= 2);
  });
}

test("each vertex is seen by the camera where its texture has it, in front of and behind the disc", async () => {
  const document = await read((await sceneGlb(sheetsOf(SOURCE), SOURCE.height)).bytes);
  const [camera] = document.getRoot().listCameras();
  const tangent = Math.tan((camera?.getYFov() ?? 0) / 2);
  const aspect = camera?.getAspectRatio() ?? 0;
  assert.ok(Math.abs(aspect - 1.5) < 1e-6);
  const distances: number[] = [];
  for (const name of ["front", "back", "rim"]) {
    const positions = primitive(document, name).getAttribute("POSITION");
    const coordinates = primitive(document, name).getAttribute("TEXCOORD_0");
    const count = positions?.getCount() ?? 0;
    for (let i = 0; i < count; i++) {
      const [x = 0, y = 0, z = 0] = positions?.getElement(i, []) ?? [];
      const [u = 0, v = 0] = coordinates?.getElement(i, []) ?? [];
      assert.ok(Math.abs(x / (-z * tangent * aspect) - (2 * u - 1)) < 1e-5);
      assert.ok(Math.abs(y / (-z * tangent) - (1 - 2 * v)) < 1e-5);
      distances.push(-z);
    }
  }
  const [near, far] = [Math.min(...distances), Math.max(...distances)];
  assert.ok(near >= 4 && near < 4.4 && far <= 5 && far > 4.8, `${near} to ${far}`);
});

test("only the rim has alpha, and its picture is empty away from the silhouette", async () => {
  const document = await read((await sceneGlb(sheetsOf(SOURCE), SOURCE.height)).bytes);
  const material = (name: string) => primitive(document, name).getMaterial();
  assert.equal(material("front")?.getAlphaMode(), "OPAQUE");
  assert.equal(material("back")?.getAlphaMode(), "OPAQUE");
  assert.equal(material("rim")?.getAlphaMode(), "BLEND");
  const image = material("rim")?.getBaseColorTexture()?.getImage() ?? assert.fail();
  const { data, info } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
  assert.equal(data[4 * (2 * info.width + 2) + 3], 0, "in the corner");
  assert.ok(
    data.some((value, at) => at % 4 === 3 && value > 0 && value < 255),
    "it is soft",
  );
});

test("equal scenes give equal bytes", async () => {
  const [one, two] = [await sceneGlb(sheetsOf(SOURCE), 0.2), await sceneGlb(sheetsOf(SOURCE), 0.2)];
  assert.deepEqual(Buffer.from(one.bytes), Buffer.from(two.bytes));
});
