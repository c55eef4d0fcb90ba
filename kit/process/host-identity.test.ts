/** Only processes of one kernel, one view of the files and one user count as of one host. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type HostIdentity, hostIdentity, isSameHost } from "./host-identity.js";

test("each part of the identity tells hosts apart", () => {
  const own = hostIdentity() ?? assert.fail("/proc tells it");
  assert.match(own.bootId, /^[0-9a-f-]{36}$/);
  assert.match(own.mountNamespace, /^mnt:\[\d+\]$/);
  assert.equal(own.user, process.getuid?.());
  assert.ok(isSameHost(own, { ...own }));
  const changes: readonly Partial<HostIdentity>[] = [
    { bootId: "another boot" },
    { mountNamespace: "mnt:[1]" },
    { user: own.user + 1 },
  ];
  for (const change of changes) assert.ok(!isSameHost(own, { ...own, ...change }));
});
