import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import { packagePath } from "../../../kit/process/package-path.js";
import { type Role, TRUSTED } from "../../../kit/rpc/identity.js";
import { assertRole, COMMON_ROLES, ROLES_BY_SERVICE } from "./roles.js";

const CREATE_JOB = "/depthmesh.v1.JobService/CreateJob";
const REVOKE_KEY = "/depthmesh.v1.AdminService/RevokeApiKey";
const READ_BLOB = "/depthmesh.stage.v1.BlobService/ReadBlob";
const DRAIN = "/depthmesh.stage.v1.WorkerService/Drain";

/** The role of the refusal; undefined if there is none. */
function refusal(roles: readonly Role[], path: string): string | undefined {
  try {
    assertRole({ tenant: "acme", roles: new Set(roles), caller: "k1" }, path);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof DepthmeshError && error.reason === "ROLE_REQUIRED");
    return error.metadata.role;
  }
}

test("each role reaches its services and no others", () => {
  const rows: [Role, ...(string | undefined)[]][] = [
    ["user", undefined, "operator", "worker", "operator or worker"],
    ["operator", undefined, undefined, "worker", undefined],
    ["worker", "user or operator", "operator", undefined, undefined],
  ];
  for (const [role, ...expected] of rows) {
    const found = [CREATE_JOB, REVOKE_KEY, READ_BLOB, DRAIN].map((path) => refusal([role], path));
    assert.deepEqual(found, expected, role);
  }
});

test("without a role nothing can be called, and a mesh without accounts allows everything", () => {
  for (const path of [CREATE_JOB, REVOKE_KEY, READ_BLOB, DRAIN]) {
    assert.notEqual(refusal([], path), undefined, path);
    assertRole(TRUSTED, path);
  }
});

test("docs/identity.md has the roles of every service that has its own", () => {
  const page = readFileSync(packagePath("docs", "identity.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(depthmesh\.[\w.]+)` \| ([\w, ]+) \|$/gm)];
  const documented = new Map(
    rows.map(([, service = "", roles = ""]) => [service, roles.split(", ")]),
  );
  assert.deepEqual(documented, new Map(ROLES_BY_SERVICE));
  assert.ok(page.includes(`| all others | ${COMMON_ROLES.join(", ")} |`));
});

test("the table names services of the protocol", () => {
  assert.deepEqual(
    [...ROLES_BY_SERVICE.keys()],
    [
      "depthmesh.v1.AdminService",
      "depthmesh.stage.v1.BlobService",
      "depthmesh.stage.v1.WorkerService",
    ],
  );
});
