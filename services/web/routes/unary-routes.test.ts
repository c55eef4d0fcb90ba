/** Every method of the public API can be called over HTTP, or it is said why it cannot. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { REGISTRY } from "../json/descriptors.js";
import { UNARY_ROUTES } from "./unary-routes.js";

/** Methods without a row in the table, and where they are instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "JobService.CreateJob": "POST /v1/jobs, whose body has the files",
  "JobService.WatchJob": "GET /v1/jobs/{job}/events, as server-sent events",
  "ResultService.ReadArtifact": "GET /v1/jobs/{job}/artifacts/{artifact}, as bytes",
  "UploadService.CreateUpload": "POST /v1/uploads, whose body may be the whole file",
  "UploadService.WriteUpload": "PUT /v1/uploads/{upload}, whose body is a part of the file",
  "ConvertService.Convert": "nowhere: HTTP/1.1 has no calls that stream both ways at once",
  "PreviewService.Interact": "nowhere, for the same reason; the studio draws by itself",
};

const PACKAGE = "depthmesh.v1.";

/** `Service.Method` of the API that callers may use, the operators' included. */
function methods(): string[] {
  return [...REGISTRY].flatMap((desc) =>
    desc.kind === "service" && desc.typeName.startsWith(PACKAGE)
      ? desc.methods.map((method) => `${desc.name}.${method.name}`)
      : [],
  );
}

test("every method has one row, or stands elsewhere for a reason", () => {
  const rows = UNARY_ROUTES.map(({ method }) => method);
  assert.ok(methods().includes("AdminService.GetSystemStatus"));
  assert.deepEqual([...rows, ...Object.keys(ELSEWHERE)].sort(), methods().sort());
});

test("fields of a path are fields of the request, and each segment is of use", () => {
  for (const { path, method, fields = {} } of UNARY_ROUTES) {
    const [service = "", name = ""] = method.split(".");
    const { input } =
      REGISTRY.getService(PACKAGE + service)?.methods.find((each) => each.name === name) ??
      assert.fail(method);
    for (const field of Object.keys(fields)) {
      assert.ok(
        input.fields.some((each) => each.name === field),
        `${method}: ${field}`,
      );
    }
    const segments = (text: string) => text.match(/\{\w+\}/g) ?? [];
    assert.deepEqual(segments(path), Object.values(fields).flatMap(segments), path);
  }
});
