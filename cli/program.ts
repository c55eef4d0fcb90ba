/** Builds the `depthmesh` command with its subcommands; the docs are generated from it too. */
import { Command } from "commander";
import { VERSION } from "../kit/process/package-path.js";
import { addConvert } from "./commands/convert.js";
import { addDead } from "./commands/dead.js";
import { addDepth } from "./commands/depth.js";
import { addDoctor } from "./commands/doctor.js";
import { addEncoders } from "./commands/encoders.js";
import { addJobs } from "./commands/jobs.js";
import { addModels } from "./commands/models.js";
import { addUp } from "./commands/up.js";

const COMMANDS = [addUp, addConvert, addDepth, addJobs, addDead, addModels, addEncoders, addDoctor];

export function createProgram(): Command {
  const program = new Command("depthmesh")
    .description("Turns one photo into a 2.5D parallax video.")
    .version(VERSION)
    .showHelpAfterError()
    .exitOverride();
  for (const add of COMMANDS) add(program);
  return program;
}
