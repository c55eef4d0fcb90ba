/** Builds the page of testing/browser/scene-page/ as the studio is built, and serves it. */
import { readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { build } from "vite";
import { packagePath } from "../../kit/process/package-path.js";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
};

/** The policy of the studio: what it forbids must not be needed. */
const POLICY =
  "default-src 'self'; img-src 'self' blob:; worker-src 'self' blob:; connect-src 'self' blob:";

export interface ServedPage {
  readonly url: string;
  close(): Promise<void>;
}

/** `folder` is made anew. Files that a test adds to `extra` are served beside the page. */
export async function serveScenePage(
  folder: string,
  extra: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<ServedPage> {
  await build({
    root: packagePath("testing", "browser", "scene-page"),
    base: "./",
    configFile: false,
    logLevel: "warn",
    build: { outDir: folder, emptyOutDir: true, target: "es2023", assetsInlineLimit: 0 },
    worker: { format: "es" },
  });
  const server = createServer(async (request, response) => {
    const name = (request.url ?? "/").slice(1) || "index.html";
    const given = extra.get(name);
    const body = given ?? (await readFile(join(folder, name)).catch(() => undefined));
    response.writeHead(body ? 200 : 404, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      "content-security-policy": POLICY,
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
