/** Damaged depth maps of callers: the structure check, as the gateway makes it. */
import { inspectMap } from "../../core/depthmap/files/map-file.js";
import { writeNpy } from "../../core/depthmap/files/npy.js";
import { writePfm } from "../../core/depthmap/files/pfm.js";
import { DEFAULT_PHOTO_LIMITS } from "../../core/photo/limits.js";
import { mutated } from "../../testing/mutations.js";
import { grainPng } from "../../testing/photos.js";
import { mainThreadCpuMs } from "../../testing/thread-cpu.js";
import type { FuzzTarget } from "./fuzz.js";

const [width, height] = [48, 33];

/** Attributes of an uncompressed scan-line file with one channel, without its pixels. */
function exrHeader(): Buffer {
  const attribute = (name: string, type: string, value: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(value.length);
    return Buffer.concat([Buffer.from(`${name}\0${type}\0`), size, value]);
  };
  const ints = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) bytes.writeInt32LE(value, 4 * i);
    return bytes;
  };
  const window = ints(0, 0, width - 1, height - 1);
  const channel = Buffer.concat([Buffer.from("Z\0"), ints(2, 0, 1, 1), Buffer.of(0)]);
  return Buffer.concat([
    Buffer.from([0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0]),
    attribute("channels", "chlist", channel),
    attribute("compression", "compression", Buffer.of(0)),
    attribute("dataWindow", "box2i", window),
    attribute("displayWindow", "box2i", window),
    attribute("lineOrder", "lineOrder", Buffer.of(0)),
    Buffer.of(0),
  ]);
}

export async function openMaps(): Promise<FuzzTarget> {
  const values = Float32Array.from({ length: width * height }, (_, i) => 0.25 + i / 4000);
  const files: (readonly [name: string, bytes: Buffer])[] = [
    ["npy", Buffer.from(writeNpy({ values, width, height }))],
    ["pfm", Buffer.from(writePfm({ values, width, height }))],
    ["png", await grainPng(3)],
    ["exr", Buffer.concat([exrHeader(), Buffer.alloc(height * (8 + 8 + 4 * width))])],
  ];
  return {
    input(run, random) {
      const [name, whole] = files[run % files.length] ?? ["", Buffer.of()];
      const bytes = mutated(whole, random);
      const receive = () => {
        inspectMap(bytes, { polarity: "near-is-white" }, DEFAULT_PHOTO_LIMITS);
      };
      return { name, receive };
    },
    isRefusal: (reason) => reason.startsWith("IMAGE_"),
    limitMs: 50,
    nowMs: mainThreadCpuMs,
    close() {},
  };
}
