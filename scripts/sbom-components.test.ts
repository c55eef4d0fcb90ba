import assert from "node:assert/strict";
import { test } from "node:test";
import { debComponents, npmComponents, packageFolder } from "./sbom-components.js";

test("a file of node_modules belongs to the innermost package", () => {
  assert.equal(packageFolder("node_modules/a/lib/b.js"), "node_modules/a");
  assert.equal(packageFolder("node_modules/@s/a/x.js"), "node_modules/@s/a");
  assert.equal(
    packageFolder("node_modules/a/node_modules/@s/b/x.js"),
    "node_modules/a/node_modules/@s/b",
  );
  assert.equal(packageFolder("core/errors.ts"), undefined);
});

test("an npm package has its version, licence and hash from the lock file", () => {
  const lock = {
    "node_modules/@s/a": {
      version: "1.2.3",
      license: "(MIT OR Apache-2.0)",
      integrity: "sha512-AAEC",
    },
    "node_modules/b": { version: "1.0.0", license: "SEE LICENSE IN LICENSE.md" },
  };
  const [a, b] = npmComponents(["node_modules/b", "node_modules/@s/a", "node_modules/b"], lock);
  assert.equal(a?.purl, "pkg:npm/%40s/a@1.2.3");
  assert.deepEqual(a?.hashes, [{ alg: "SHA-512", content: "000102" }]);
  assert.deepEqual(a?.licenses, [{ expression: "(MIT OR Apache-2.0)" }]);
  assert.deepEqual(b?.licenses, [{ license: { name: "SEE LICENSE IN LICENSE.md" } }]);
});

test("a package that the lock file does not have is an error", () => {
  assert.throws(() => npmComponents(["node_modules/gone"], {}), /no node_modules\/gone/);
});

test("only installed Debian packages count", () => {
  const status = [
    "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9+deb12u10",
    "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1",
    "Package: libx265-199\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.5-2+b1\n",
  ].join("\n\n");
  assert.deepEqual(
    debComponents(status, "debian-12").map(({ purl }) => purl),
    [
      "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12",
      "pkg:deb/debian/libx265-199@3.5-2%2Bb1?arch=amd64&distro=debian-12",
    ],
  );
});
