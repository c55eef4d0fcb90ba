/** The document has every route of the application, and no other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { webParts } from "../../../testing/web/web-parts.js";
import { webApp } from "../app.js";
import { openApiDocument } from "./document.js";

/** The page's files, which are no part of the interface. */
const STUDIO = /^(\*|\/|\/index\.html|\/assets\/.*)$/;

/** `VERB /path/{name}` of each route, read from the tree that Fastify prints. */
function routesOf(tree: string): string[] {
  const parents: string[] = [];
  const found: string[] = [];
  for (const line of tree.split("\n")) {
    const [, indent = "", part = "", verbs = ""] =
      /^([│ ├└─]*)(\S+)(?: \((.*)\))?$/.exec(line) ?? [];
    if (part === "") continue;
    const depth = indent.length / 4;
    parents.length = Math.max(0, depth - 1);
    parents.push(part);
    const path = parents.join("");
    if (STUDIO.test(path)) continue;
    for (const verb of verbs.split(", ").filter(Boolean)) {
      found.push(`${verb} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    }
  }
  return found;
}

test("the document and the application have the same routes", async (t) => {
  const parts = webParts();
  // Its text is of no interest here: with it, the route is there.
  const metrics = { address: undefined, text: async () => "", close: async () => {} };
  const app = await webApp({ ...parts, metrics });
  t.after(async () => {
    await app.close();
    parts.gateway.close();
  });
  await app.ready();
  const described = Object.entries(openApiDocument().paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
  );
  // Fastify answers HEAD wherever there is GET.
  const served = routesOf(app.printRoutes({ commonPrefix: false })).filter(
    (route) => !route.startsWith("HEAD "),
  );
  assert.ok(served.length > 5);
  assert.deepEqual(
    described.filter((route) => !route.startsWith("HEAD ")).sort(),
    [...new Set(served)].sort(),
  );
});
