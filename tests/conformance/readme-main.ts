/**
 * Runs the programs in the README of a client as they stand, against a mesh of their own:
 * readme-main.js LANGUAGE README COMMAND ARGS…. Each block of the language becomes a file that the
 * command gets as its last argument.
 */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { packagePath } from "../../kit/process/package-path.js";
import { Mesh } from "../../launcher/mesh.js";

const [language = "", readme = "", command = "", ...args] = process.argv.slice(2);
const blocks = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g");
const programs = [...(await readFile(readme, "utf8")).matchAll(blocks)].map(
  ([, program = ""]) => program,
);
if (programs.length === 0) throw new Error(`${readme} has no block of ${language}`);

const folder = await mkdtemp(join(tmpdir(), "depthmesh-readme-"));
const mesh = await Mesh.start({
  data: join(folder, "data"),
  ...{ depth: 1, render: 1, encode: 1 },
  port: 0,
  logs: "file",
  environment: { DEPTHMESH_MODELS: join(folder, "models"), DISPLAY: "" },
});
try {
  await copyFile(packagePath("samples", "coffee.png"), join(folder, "photo.jpg"));
  for (const [index, program] of programs.entries()) {
    const file = join(folder, `program-${index + 1}`);
    await writeFile(file, program.replaceAll("127.0.0.1:7410", mesh.address));
    const run = promisify(execFile)(resolve(command), [...args, file], { cwd: folder });
    const { stdout } = await run;
    const lines = stdout.trim().split("\n").length;
    console.log(`${language}  program ${index + 1} of ${readme}  ok  (${lines} lines)`);
  }
} finally {
  await mesh.stop();
  await rm(folder, { recursive: true, force: true });
}
