/** How the studio is built: `vite build` writes dist/studio, which the web service serves. */
import { defineConfig } from "vite";

export default defineConfig({
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
  worker: { format: "es" },
  server: { proxy: { "/v1": "http://127.0.0.1:7480", "/session": "http://127.0.0.1:7480" } },
});
