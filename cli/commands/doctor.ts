/**
 * `depthmesh doctor`: checks that this machine has what a mesh needs, and says how to fix the rest.
 */
import type { Command } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { CHECKS, type Check } from "../doctor-checks.js";
import { JSON_HELP, print, printJson } from "../print.js";

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description(
      "check programs, GL, photos, models, settings, the disk and a running mesh, and print how to fix them",
    )
    .option("--json", JSON_HELP)
    .action(doctor);
}

/** What a check has found, or what is wrong and how to fix it. */
interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly fix: string | null;
}

async function doctor({ json }: { readonly json?: boolean }): Promise<void> {
  const findings: Finding[] = [];
  for (const check of CHECKS) {
    const finding = await findingOf(check);
    findings.push(finding);
    if (!json) print(findingText(finding));
  }
  if (json) printJson(findings);
  const failed = findings.filter(({ ok }) => !ok).length;
  if (failed === 0) return;
  throw new DepthmeshError("SERVICE_UNAVAILABLE", `${failed} of ${CHECKS.length} checks failed`);
}

async function findingOf({ name, run, fix }: Check): Promise<Finding> {
  try {
    return { name, ok: true, found: await run(), fix: null };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name, ok: false, found, fix };
  }
}

function findingText({ name, ok, found, fix }: Finding): string {
  const label = name.padEnd(12);
  if (ok) return `ok       ${label} ${found}`;
  return `problem  ${label} ${found}\n         ${" ".repeat(12)} to fix: ${fix}`;
}
