/** Builds the `depthmesh` command with its subcommands; the docs are generated from it too. */
import { Command } from "commander";
import { VERSION } from "../kit/process/package-path.js";
import { addBlobs } from "./commands/blobs.js";
import { addCache } from "./commands/cache.js";
import { addCatalog } from "./commands/catalog.js";
import { addCatalogue } from "./commands/catalogue.js";
import { addCerts } from "./commands/certs.js";
import { addConvert } from "./commands/convert.js";
import { addDead } from "./commands/dead.js";
import { addDepth } from "./commands/depth.js";
import { addDoctor } from "./commands/doctor.js";
import { addEncoders } from "./commands/encoders.js";
import { addJobs } from "./commands/jobs.js";
import { addKeys } from "./commands/keys.js";
import { addModels } from "./commands/models.js";
import { addPreview } from "./commands/preview.js";
import { addQuota } from "./commands/quota.js";
import { addStatus } from "./commands/status.js";
import { addUp } from "./commands/up.js";
import { addUsage } from "./commands/usage.js";
import { addWebhooks } from "./commands/webhooks.js";
import { addWorkers } from "./commands/workers.js";
import { exampleLines } from "./help.js";
import { explainUsage } from "./usage-error.js";

/** Headings of the help, with the commands below each. */
const COMMANDS = [
  ["Make something:", [addConvert, addPreview, addDepth, addCatalog]],
  ["Jobs and their files:", [addJobs, addDead, addCache, addBlobs, addWebhooks]],
  [
    "The mesh on this machine:",
    [
      addUp,
      addCerts,
      addStatus,
      addKeys,
      addQuota,
      addUsage,
      addWorkers,
      addModels,
      addEncoders,
      addCatalogue,
      addDoctor,
    ],
  ],
] as const;

const EXAMPLES = [
  ["depthmesh convert photo.jpg", "makes photo.mp4 beside the photo"],
  ["depthmesh convert photo.jpg -o clip.gif --preset orbital", "another format, another camera"],
  ["depthmesh depth photo.jpg -o depth.png", "the depth map alone"],
  ["depthmesh up", "a mesh that stays, until Ctrl-C"],
] as const;

export function createProgram(): Command {
  const program = new Command("depthmesh")
    .description("Turns one photo into a 2.5D parallax video.")
    .version(VERSION)
    .exitOverride();
  for (const [heading, commands] of COMMANDS) {
    program.commandsGroup(heading);
    for (const add of commands) add(program);
  }
  program.commandsGroup("More:").helpCommand(true);
  program.addHelpText("after", `\nExamples:\n${exampleLines(EXAMPLES)}`);
  explainUsage(program);
  return program;
}
