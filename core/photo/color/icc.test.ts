/** Profiles of screens, cameras and gray scanners are read; damaged ones are told apart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { iccProfile, matrixProfile } from "../../../testing/icc-profile.js";
import { readProfile } from "./icc.js";
import { toLinearSrgb } from "./matrix.js";
import { linearLight } from "./transfer.js";

const lightOf = (profile: Uint8Array, signal: number) => {
  const { space } = readProfile(profile) ?? assert.fail("the profile is read");
  return linearLight((space ?? assert.fail("it has a space")).transfer, signal);
};

test("three colorants and curves become primaries and a transfer", () => {
  // The colorants of Display P3, adapted to D50.
  const profile = matrixProfile(
    { r: [0.5151, 0.2412, -0.0011], g: [0.292, 0.6922, 0.0419], b: [0.1571, 0.0666, 0.7841] },
    { para: [3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045] },
  );
  const reading = readProfile(profile);
  assert.equal(reading?.components, "rgb");
  const m = toLinearSrgb(reading.space?.primaries ?? assert.fail("it has primaries"));
  const expected = [1.2249, -0.2249, 0, -0.042, 1.042, 0, -0.0196, -0.0786, 1.0983];
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs((m[i] ?? 0) - value) < 0.002, `${m} instead of ${expected}`);
  }
  assert.ok(Math.abs(lightOf(profile, 0.5) - 0.21404) < 1e-4);
  assert.ok(Math.abs(lightOf(profile, 0.02) - 0.02 / 12.92) < 1e-4);
});

test("all kinds of curves: identity, gamma, samples, and the five functions", () => {
  const gray = (curve: Parameters<typeof matrixProfile>[1]) =>
    iccProfile({ space: "GRAY", tags: { kTRC: curve } });
  const cases = [
    [{ curv: [] }, 0.3, 0.3],
    [{ curv: [1.8] }, 0.5, 0.5 ** 1.8],
    [{ curv: [0, 0.1, 1] }, 0.75, 0.55],
    [{ para: [0, 2.2] }, 0.5, 0.5 ** 2.2],
    [{ para: [1, 2, 0.5, 0.5] }, 0.5, 0.75 ** 2],
    [{ para: [2, 2, 0.5, 0.25, 0.125] }, 0.5, 0.5 ** 2 + 0.125],
    [{ para: [4, 2, 1, 0, 0.5, 0.2, 0.01, 0.02] }, 0.5, 0.26],
    [{ para: [4, 2, 1, 0, 0.5, 0.2, 0.01, 0.02] }, 0.1, 0.07],
  ] as const;
  for (const [curve, signal, light] of cases) {
    const found = lightOf(gray(curve), signal);
    assert.ok(Math.abs(found - light) < 0.005, `${JSON.stringify(curve)} ${signal}: ${found}`);
  }
});

test("a gray curve that gives lightness is turned into light", () => {
  const tags = { kTRC: { curv: [] } };
  const profile = iccProfile({ space: "GRAY", connection: "Lab ", tags });
  assert.ok(Math.abs(lightOf(profile, 0.5) - 0.18419) < 1e-3);
});

const TABLE = Buffer.alloc(40, "mft2");

test("profiles with tables are valid without a space; code points of HDR come first", () => {
  const cmyk = iccProfile({
    space: "CMYK",
    profileClass: "prtr",
    tags: { A2B0: TABLE },
  });
  assert.deepEqual(readProfile(cmyk), { components: "cmyk", space: undefined });
  const cicp = Uint8Array.of(0x63, 0x69, 0x63, 0x70, 0, 0, 0, 0, 9, 16, 0, 1);
  const hdr = iccProfile({ space: "RGB ", tags: { A2B0: TABLE, cicp } });
  assert.equal(readProfile(hdr)?.space?.transfer.kind, "pq");
});

test("damaged profiles, device links and impossible colorants are of no use", () => {
  const profile = iccProfile({ space: "GRAY", tags: { kTRC: { curv: [2.2] } } });
  assert.ok(readProfile(profile));
  // The last two bytes are padding.
  for (let length = 0; length < profile.length - 2; length++) {
    assert.equal(readProfile(profile.subarray(0, length)), undefined, `${length} bytes`);
  }
  assert.equal(readProfile(new Uint8Array(500).fill(7)), undefined);
  const tags = { kTRC: { curv: [2.2] } };
  assert.equal(readProfile(iccProfile({ space: "GRAY", profileClass: "link", tags })), undefined);
  assert.equal(readProfile(iccProfile({ space: "GRAY", tags: {} })), undefined);
  const table = { A2B0: Buffer.alloc(40, "none") };
  assert.equal(readProfile(iccProfile({ space: "CMYK", tags: table })), undefined);
  const same = [0.3, 0.3, 0.3];
  assert.equal(readProfile(matrixProfile({ r: same, g: same, b: same }, { curv: [] })), undefined);
});
