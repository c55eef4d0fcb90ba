/** The files of tests/http/, which people run in their editors, against a real mesh. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { packagePath } from "../kit/process/package-path.js";
import { type Fixture, startFixture } from "../testing/mesh/fixture.js";
import { readHttpFile } from "../testing/web/http-file.js";
import { HttpSession } from "../testing/web/http-run.js";

const FOLDER = packagePath("tests", "http");

let fixture: Fixture;
before(async () => {
  fixture = await startFixture({ webPort: 0 });
});
after(() => fixture?.close());

for (const name of readdirSync(FOLDER).filter((each) => each.endsWith(".http"))) {
  test(name, async () => {
    const file = readHttpFile(`${FOLDER}/${name}`);
    const session = new HttpSession(file, { web: fixture.mesh.webAddress });
    for (const request of file.requests) {
      assert.ok(request.expectations.length > 0, `line ${request.line} expects nothing`);
      await session.send(request).catch((error: Error) => {
        assert.fail(`line ${request.line}, ${request.title}: ${error.message}`);
      });
    }
  });
}
