/** Software GL is distinguished from a GPU by name or speed; this machine's renderer is probed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { defaultQuality, isGpu, parseGlxinfo, probeCapabilities } from "./capabilities.js";

const GLXINFO = `name of display: :0
OpenGL vendor string: NVIDIA Corporation
OpenGL renderer string: NVIDIA H100 PCIe/PCIe/SSE2
OpenGL core profile version string: 4.6.0 NVIDIA 550.54.14
OpenGL version string: 4.6.0 NVIDIA 550.54.14
`;

test("glxinfo's output gives the renderer's name; any other text gives empty strings", () => {
  assert.deepEqual(parseGlxinfo(GLXINFO), {
    renderer: "NVIDIA H100 PCIe/PCIe/SSE2",
    vendor: "NVIDIA Corporation",
    version: "4.6.0 NVIDIA 550.54.14",
  });
  assert.deepEqual(parseGlxinfo("Error: unable to open display"), {
    renderer: "",
    vendor: "",
    version: "",
  });
});

test("the renderer's name decides what is a GPU; without a name the speed decides", () => {
  assert.ok(isGpu("NVIDIA H100 PCIe/PCIe/SSE2", 50));
  for (const name of ["llvmpipe (LLVM 15.0.6, 256 bits)", "SwiftShader Device", "softpipe"]) {
    assert.ok(!isGpu(name, 1), name);
  }
  assert.ok(isGpu("", 3));
  assert.ok(!isGpu("", 20));
});

test("auto means fine on a GPU and fast on software GL; a quality that is set stays", () => {
  assert.equal(defaultQuality("auto", true), "fine");
  assert.equal(defaultQuality("auto", false), "fast");
  assert.equal(defaultQuality("balanced", true), "balanced");
});

test("probing a real renderer gives a speed and limits, and frees all GL objects", async () => {
  const { renderer, close } = await openRenderer();
  const before = await renderer.objectCounts();
  const {
    frameMs,
    textureSidePixels,
    frameSidePixels,
    isGpu: gpu,
  } = await probeCapabilities(renderer);
  assert.ok(frameMs > 0);
  assert.equal(typeof gpu, "boolean");
  assert.ok(textureSidePixels >= 2048);
  assert.ok(frameSidePixels >= 2048);
  assert.deepEqual(await renderer.objectCounts(), before);
  await close();
});
