/** The code of the package `@depthmesh/client`, bundled into the folder that is named. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const [folder = ""] = process.argv.slice(2);
const messages = readdirSync("proto/gen/depthmesh/v1").filter((file) => file.endsWith(".ts"));

await build({
  entryPoints: {
    index: "client/index.ts",
    ...Object.fromEntries(
      messages.map((file) => [
        `v1/${file.replace(/\.ts$/, "")}`,
        join("proto/gen/depthmesh/v1", file),
      ]),
    ),
  },
  outdir: folder,
  bundle: true,
  // A message that is imported from two entries is one class.
  splitting: true,
  chunkNames: "parts/[hash]",
  platform: "node",
  format: "esm",
  target: "node20",
  // Dependencies of the package, which its users install.
  external: ["@grpc/grpc-js", "@bufbuild/protobuf"],
  legalComments: "none",
});
