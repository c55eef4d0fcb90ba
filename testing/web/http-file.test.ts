/** What the reader of `.http` files takes, and what a session checks. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { parseHttpFile } from "./http-file.js";
import { HttpSession } from "./http-run.js";

const TEXT = `# A file.
@web = http://127.0.0.1:1
@path = {{web}}/things

### Makes a thing
# @name made
# expect: 200
# expect: $.name == "things/1"
POST {{path}}
Content-Type: application/json

{
  "a": 1
}

### Reads it
# expect: x-path ~ ^/things/1$
GET {{web}}/{{made.response.body.$.name}}
`;

test("a file has variables, requests, headers, bodies and expectations", () => {
  const { variables, requests } = parseHttpFile(TEXT);
  assert.equal(variables.get("path"), "{{web}}/things");
  assert.deepEqual(
    requests.map(({ title, name, verb }) => [title, name, verb]),
    [
      ["Makes a thing", "made", "POST"],
      ["Reads it", "", "GET"],
    ],
  );
  const [made] = requests;
  assert.deepEqual(made?.headers, [["content-type", "application/json"]]);
  assert.deepEqual(made?.body, ["{", '  "a": 1', "}"]);
  assert.deepEqual(made?.expectations, [
    { subject: "status", relation: "==", value: "200" },
    { subject: "$.name", relation: "==", value: '"things/1"' },
  ]);
});

test("what is no request, no header and no expectation is refused with its line", () => {
  assert.throws(() => parseHttpFile("\n### x\nnothing"), /line 2/);
  assert.throws(() => parseHttpFile("### x\nGET /\nnothing"), /nothing is no header/);
  assert.throws(() => parseHttpFile("### x\n# expect: all is well\nGET /"), /no expectation/);
});

test("a session sends requests in order, with values of earlier answers, and finds what differs", async (t) => {
  const server = createServer((request, response) => {
    response.setHeader("x-path", request.url ?? "");
    response.end(JSON.stringify({ name: "things/1" }));
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const file = { folder: ".", ...parseHttpFile(TEXT) };
  const session = new HttpSession(file, { web: `http://127.0.0.1:${port}` });
  for (const request of file.requests) await session.send(request);
  const [made] = file.requests;
  assert.ok(made);
  const wrong = { subject: "$.name", relation: "==", value: '"things/2"' } as const;
  await assert.rejects(session.send({ ...made, expectations: [wrong] }), /expected == things\/2/);
});
