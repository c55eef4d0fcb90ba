/** How the studio is built: `vite build` writes dist/studio, which the web service serves. */
import { writeFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** Files of packages that are in the studio. */
const packageFiles = new Set<string>();

/** Writes which they are, for the bill of materials of the web image. */
const listPackages: Plugin = {
  name: "list-packages",
  generateBundle() {
    for (const id of this.getModuleIds()) {
      if (!id.includes("/node_modules/") || id.startsWith("\0")) continue;
      const file = id.slice(id.indexOf("/node_modules/") + 1);
      packageFiles.add(file.split("?")[0] ?? "");
    }
  },
  closeBundle() {
    const path = new URL("../../../dist/studio-packages.json", import.meta.url);
    writeFileSync(path, JSON.stringify([...packageFiles].sort()));
  },
};

export default defineConfig({
  plugins: [listPackages],
  // Relative, so that the studio works below any path of a proxy.
  base: "./",

  build: {
    outDir: "../../../dist/studio",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    // The page's policy allows no inline script or data.
    assetsInlineLimit: 0,
  },
  worker: { format: "es", plugins: () => [listPackages] },
  server: { proxy: { "/v1": "http://127.0.0.1:7480", "/session": "http://127.0.0.1:7480" } },
});
