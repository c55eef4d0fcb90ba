/** The `depthmesh` command. */
import { Command, CommanderError } from "commander";
import { DepthmeshError, toDepthmeshError } from "../core/errors.js";
import { VERSION } from "../kit/process/version.js";
import { addConvert } from "./commands/convert.js";
import { addDead } from "./commands/dead.js";
import { addDepth } from "./commands/depth.js";
import { addDoctor } from "./commands/doctor.js";
import { addEncoders } from "./commands/encoders.js";
import { addJobs } from "./commands/jobs.js";
import { addModels } from "./commands/models.js";
import { addUp } from "./commands/up.js";

const program = new Command("depthmesh")
  .description("Turns one photograph into a 2.5D parallax video.")
  .version(VERSION)
  .showHelpAfterError()
  .exitOverride();
const commands = [addUp, addConvert, addDepth, addJobs, addDead, addModels, addEncoders, addDoctor];
for (const add of commands) add(program);

program.parseAsync().then(
  () => process.exit(),
  (thrown: unknown) => {
    // Commander has told about its own errors, and its help and version are none.
    if (thrown instanceof CommanderError) process.exit(thrown.exitCode);
    const { reason, message, metadata, cause } = toDepthmeshError(thrown);
    // Mostly of this machine: a setting, or what the system says of a folder.
    if (reason === "INTERNAL" && thrown instanceof Error && !(thrown instanceof DepthmeshError)) {
      process.stderr.write(`error: ${thrown.message}\n`);
      process.exit(1);
    }
    const facts = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
    const detail = facts.length > 0 ? ` (${facts.join(", ")})` : "";
    process.stderr.write(`error: ${reason}: ${message}${detail}\n`);
    if (reason === "INTERNAL" && cause) process.stderr.write(`${String(cause)}\n`);
    process.exit(1);
  },
);
