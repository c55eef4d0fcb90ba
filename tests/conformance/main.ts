/**
 * Runs the list with the runner of one language: main.js LANGUAGE [--case NAME]… -- COMMAND ARGS….
 * scripts/conformance builds the runner and calls it.
 */
import { parseArgs } from "node:util";
import { conformance } from "./harness.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { case: { type: "string", multiple: true } },
});
const [language = "", command = "", ...args] = positionals;
const WIDEST = 32;
const outcomes = await conformance(command, args, values.case ?? [], (outcome) => {
  const { name, state, seconds, differences } = outcome;
  const columns = [language, name.padEnd(WIDEST), state.padEnd(7), `${seconds.toFixed(1)} s`];
  console.log(columns.join("  "));
  for (const line of differences) console.log(`    ${line}`);
});
const count = (state: string) => outcomes.filter((outcome) => outcome.state === state).length;
console.log(
  `${language}: ${count("ok")} hold, ${count("second")} hold at the second try, ${count("differs")} differ, ${count("pending")} pending`,
);
process.exitCode = count("differs") > 0 || outcomes.length === 0 ? 1 : 0;
