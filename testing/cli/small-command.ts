/**
 * The `depthmesh` command with small videos: `convert` gets a quarter of the sizes that are named,
 * a short duration and a low frame rate, so that a page of commands can be run by a test.
 */
import { spawnSync } from "node:child_process";
import { packagePath } from "../../kit/process/package-path.js";

const SECONDS = "0.5";
/** A limit that a small clip does not keep by itself. */
const MAX_SIZE = "60kB";
const SIZES = ["--width", "--height", "--longest-side"];

const small: Readonly<Record<string, (value: string) => string>> = {
  "--duration": () => SECONDS,
  "--max-size": () => MAX_SIZE,
  ...Object.fromEntries(SIZES.map((name) => [name, (value) => String(Number(value) / 4)])),
};

function smaller(args: readonly string[]): string[] {
  const changed = args.map((arg, i) => small[args[i - 1] ?? ""]?.(arg) ?? arg);
  const add = (name: string, value: string) =>
    changed.includes(name) ? [] : ([name, value] as const);
  const size = SIZES.some((name) => changed.includes(name)) ? [] : ["--longest-side", "320"];
  return [...changed, ...size, ...add("--duration", SECONDS), ...add("--fps", "12")];
}

const [command = "", ...args] = process.argv.slice(2);
const given = command === "convert" ? smaller(args) : args;
const { status } = spawnSync(packagePath("bin", "depthmesh"), [command, ...given], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
