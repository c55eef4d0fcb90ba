/** `depthmesh doctor`: is everything here that a mesh needs, and how to fix what is not. */
import type { Command } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { CHECKS } from "../doctor/checks.js";

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description(
      "check nats-server, ffmpeg, GL, models and disk, and say how to fix what is missing",
    )
    .action(doctor);
}

async function doctor(): Promise<void> {
  let missing = 0;
  for (const { name, run, fix } of CHECKS) {
    try {
      process.stdout.write(`ok       ${name.padEnd(12)} ${await run()}\n`);
    } catch (error) {
      missing += 1;
      const why = error instanceof Error ? error.message : String(error);
      process.stdout.write(
        `missing  ${name.padEnd(12)} ${why}\n         ${" ".repeat(12)} ${fix}\n`,
      );
    }
  }
  if (missing === 0) return;
  throw new DepthmeshError("SERVICE_UNAVAILABLE", `${missing} of ${CHECKS.length} checks failed`);
}
