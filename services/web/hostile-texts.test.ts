/**
 * Hostile texts in every field of every body, in front of a scripted gateway: they reach it as they
 * are, or are refused in plain words.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stringFields } from "../../testing/hostile/string-fields.js";
import { hostileTexts } from "../../testing/hostile/texts.js";
import { assertPlainProblem } from "../../testing/web/plain-problem.js";
import type { ScriptedAnswer } from "../../testing/web/scripted-gateway.js";
import { type ScriptedWeb, startScriptedWeb } from "../../testing/web/web-parts.js";
import { methodOf } from "./json/descriptors.js";
import { UNARY_ROUTES, type UnaryRoute } from "./routes/unary-routes.js";

/** A word that stands nowhere by itself. */
const MARK = "dmhostilemark";
const LONG_CHARACTERS = 10_000;

let web: ScriptedWeb;
before(async () => {
  const methods = new Set(UNARY_ROUTES.map(({ method }) => method));
  const answers = [...methods].map((method): [string, ScriptedAnswer] => [method, () => ({})]);
  web = await startScriptedWeb(Object.fromEntries(answers));
});
after(() => web?.close());

/** The path of a route with names of nothing. */
function pathOf({ path }: UnaryRoute): string {
  return path.replaceAll(/\{(\w+)\}/g, "nothing");
}

test("each field of each body takes every text to the gateway as it is, or refuses it in plain words", async () => {
  const texts = hostileTexts(MARK);
  // A spec is in many messages, and its fields are the same ones.
  const seen = new Set<string>();
  for (const route of UNARY_ROUTES.filter(({ verb }) => verb === "POST" || verb === "PUT")) {
    const { input } = methodOf(route.method);
    const inPath = new Set(Object.keys(route.fields ?? {}));
    for (const field of stringFields(input).filter(({ path }) => !inPath.has(path))) {
      const own = field.path.split(".").slice(-2).join(".");
      if (seen.has(own)) continue;
      seen.add(own);
      for (const [kind, text] of texts) {
        // One field in ten takes the long ones, because each of them takes long.
        if (text.length > LONG_CHARACTERS && seen.size % 10 !== 1) continue;
        const what = `${route.method}, ${field.path}: ${kind}`;
        const json = field.withText(text);
        const response = await web.app.inject({
          method: route.verb,
          url: pathOf(route),
          headers: { host: "localhost", "content-type": "application/json" },
          payload: JSON.stringify(json),
        });
        if (response.statusCode === 200) {
          const call = web.gateway.callsOf(route.method).at(-1);
          const got = JSON.stringify(call?.json);
          assert.ok(
            got.includes(JSON.stringify(text).slice(1, -1)),
            `${what}: ${got.slice(0, 300)}`,
          );
        } else {
          assert.equal(response.statusCode, 400, `${what}: ${response.body.slice(0, 300)}`);
          assertPlainProblem(response.json(), what);
        }
      }
    }
  }
});

test("an unknown field is named in plain and few words, whatever its name is", async () => {
  for (const [kind, text] of hostileTexts(MARK)) {
    for (const path of ["/v1/estimates", "/session"]) {
      const payload = JSON.stringify(Object.fromEntries([[text, 1]]));
      const response = await web.app.inject({
        method: path === "/session" ? "PUT" : "POST",
        url: path,
        headers: { host: "localhost", "content-type": "application/json" },
        payload,
      });
      assert.equal(response.statusCode, 400, `${path}, ${kind}: ${response.body.slice(0, 300)}`);
      assertPlainProblem(response.json(), `${path}, ${kind}`);
    }
  }
});
