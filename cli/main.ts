/** The `depthmesh` command: its subcommands, and how it reports errors. */
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
  .description("Turns one photo into a 2.5D parallax video.")
  .version(VERSION)
  .showHelpAfterError()
  .exitOverride();
const commands = [addUp, addConvert, addDepth, addJobs, addDead, addModels, addEncoders, addDoctor];
for (const add of commands) add(program);

program.parseAsync().then(
  () => process.exit(),
  (thrown: unknown) => {
    // Commander has already printed its errors, and also throws after --help and --version.
    if (thrown instanceof CommanderError) process.exit(thrown.exitCode);
    const { reason, message, metadata, cause } = toDepthmeshError(thrown);
    // An error of this machine, such as a wrong setting or a folder without permission.
    if (reason === "INTERNAL" && thrown instanceof Error && !(thrown instanceof DepthmeshError)) {
      process.stderr.write(`error: ${thrown.message}\n`);
      process.exit(1);
    }
    const details = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
    const suffix = details.length > 0 ? ` (${details.join(", ")})` : "";
    process.stderr.write(`error: ${reason}: ${message}${suffix}\n`);
    if (reason === "INTERNAL" && cause) process.stderr.write(`${String(cause)}\n`);
    process.exit(1);
  },
);
