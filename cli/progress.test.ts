/** What progress looks like on a terminal and elsewhere. */
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { JobProgress } from "../proto/gen/depthmesh/v1/job.js";
import { progressView } from "./progress.js";

/** A stream that keeps its text; as a terminal, it has what the bars ask for. */
function stream(isTTY: boolean) {
  const texts: string[] = [];
  const output = new Writable({
    write(bytes, _encoding, done) {
      texts.push(String(bytes));
      done();
    },
  });
  const terminal = { isTTY, columns: 80, rows: 24 };
  return { output: Object.assign(output, terminal) as NodeJS.WriteStream, texts };
}

test("bars that are closed twice print nothing more", () => {
  const { output, texts } = stream(true);
  const view = progressView(output);
  view.show(JobProgress.fromPartial({ depth: 1 }));
  view.close();
  const { length } = texts;
  assert.ok(length > 0);
  view.close();
  assert.equal(texts.length, length);
});

test("without a terminal each stage has a line per quarter", () => {
  const { output, texts } = stream(false);
  const view = progressView(output);
  for (const depth of [0.1, 0.3, 0.4, 1]) view.show(JobProgress.fromPartial({ depth }));
  view.close();
  assert.deepEqual(texts, ["depth  30 %\n", "depth  100 %\n"]);
});
