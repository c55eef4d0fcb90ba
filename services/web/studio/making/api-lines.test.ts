/** The lines to copy are what a shell and both APIs read. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { methodOf } from "../../json/descriptors.js";
import { encodeJson } from "../../json/proto-json.js";
import { createJobRequest, curlLine, grpcurlLine } from "./api-lines.js";
import { labelOf, specToMake } from "./job-request.js";

const PHOTO = { fileName: `it's; a "photo",\\1.jpg`, upload: "uploads/01u" };
const SPEC = { camera: { preset: "orbital" }, clip: { durationSeconds: 2 } };

/** The words that a shell passes to the program of the line. */
function wordsOf(program: string, line: string): string[] {
  const script = `${program}() { printf '%s\\0' "$@"; }\n${line}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

test("the request for grpcurl is a message of CreateJob", () => {
  const words = wordsOf("grpcurl", grpcurlLine(PHOTO, SPEC));
  const request = JSON.parse(words[words.indexOf("-d") + 1] ?? "");
  assert.deepEqual(request, createJobRequest(PHOTO, SPEC));
  assert.ok(encodeJson(methodOf("JobService.CreateJob").input, request).length > 0);
  assert.equal(words.at(-1), "depthmesh.v1.JobService/CreateJob");
  // A copied line that is run twice makes two jobs.
  assert.equal("requestId" in request.header, false);
});

test("the call of curl sends the header first and then the photo, whatever its name", () => {
  const words = wordsOf("curl", curlLine(PHOTO.fileName, SPEC, "http://studio.test/below/#/photo"));
  const [, form = "", , file, address] = words;
  const header = JSON.parse(form.slice("header=".length));
  assert.deepEqual(header, {
    spec: specToMake(SPEC),
    labels: { photo: labelOf(PHOTO.fileName) },
  });
  // In quotes, as curl wants a name with its own signs.
  assert.equal(file, `photo=@"it's; a \\"photo\\",\\\\1.jpg"`);
  assert.equal(address, "http://studio.test/below/v1/jobs");
  assert.match(curlLine("-a.jpg", SPEC, "http://x/"), /photo=@\.\/-a\.jpg/);
});

test("where callers show a key, the lines take it from the environment", () => {
  for (const line of [
    grpcurlLine(PHOTO, SPEC, true),
    curlLine(PHOTO.fileName, SPEC, "http://x/", true),
  ]) {
    const [program = ""] = line.split(" ");
    const words = wordsOf(program, `DEPTHMESH_KEY=secret\n${line}`);
    assert.equal(words[words.indexOf("-H") + 1], "authorization: Bearer secret");
  }
});
