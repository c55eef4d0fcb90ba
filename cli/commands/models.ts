/** `depthmesh models`: lists, installs, removes and verifies the depth models of this machine. */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type Command, Option } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import type { ModelEntry, Precision } from "../../models/manifest.js";
import { pullFile } from "../../models/pull.js";
import {
  AUTO_MODEL,
  loadPullSettings,
  type ModelRegistry,
  openRegistry,
  pullableFile,
} from "../../models/registry.js";
import { sourceOf } from "../../models/source.js";
import type { ModelState, ModelStatus } from "../../models/status.js";
import { interruptibly } from "../interrupt.js";
import { JSON_HELP, print, printJson } from "../print.js";
import { transferView } from "../progress.js";
import { tableLines } from "../table.js";

const MIB = 1024 * 1024;
const NO_CHOICE = "auto stands for the best installed model; name the model to install";
const PRECISIONS: readonly Precision[] = ["fp32", "fp16", "int8"];

export function addModels(program: Command): void {
  const models = program
    .command("models")
    .description("list, install, remove and verify depth models");
  models
    .command("ls")
    .description("list the models, best first")
    .option("--json", JSON_HELP)
    .action(list);
  models
    .command("pull")
    .description("download and install a model; resumes an interrupted download")
    .argument("<name>")
    .addOption(
      new Option(
        "--precision <p>",
        "precision of the weights (default: the first that the manifest lists)",
      ).choices(PRECISIONS),
    )
    .action((name: string, options: { precision?: Precision }) => pull(name, options.precision));
  models.command("rm").description("remove an installed model").argument("<name>").action(remove);
  models
    .command("verify")
    .description("compare installed files with the checksums of the manifest")
    .argument("[name]", "model to verify (default: all)")
    .action(verify);
}

const STATES: Readonly<Record<ModelState, string>> = {
  available: "installed",
  "not-installed": "",
  "licence-forbidden": "not allowed",
  unknown: "",
};

async function list({ json }: { readonly json?: boolean }): Promise<void> {
  const statuses = await openRegistry(loadPullSettings()).statuses();
  if (json) return printJson(statuses);
  for (const line of tableLines(COLUMNS, statuses)) print(line);
}

const COLUMNS = [
  { title: "MODEL", cell: ({ name }: ModelStatus) => name },
  { title: "STATE", cell: ({ state }: ModelStatus) => STATES[state] || "-" },
  {
    title: "SIZE",
    cell: ({ installedBytes }: ModelStatus) =>
      installedBytes > 0 ? `${(installedBytes / MIB).toFixed(1)} MiB` : "-",
    alignRight: true,
  },
  { title: "LICENCE", cell: ({ licence }: ModelStatus) => licence },
  {
    title: "HOW",
    cell: ({ isDefault, state, installCommand }: ModelStatus) =>
      isDefault ? "auto" : noteOf(state, installCommand),
  },
];

function noteOf(state: ModelState, installCommand: string): string {
  if (state !== "not-installed") return "";
  return installCommand || "no verified file yet";
}

async function pull(name: string, precision: Precision | undefined): Promise<void> {
  const settings = loadPullSettings();
  const registry = openRegistry(settings);
  if (name === AUTO_MODEL) throw new DepthmeshError("PARAMETER_CONFLICT", NO_CHOICE);
  const entry = registry.find(name);
  registry.assertAllowed(entry);
  const file = pullableFile(entry, precision);
  const source = sourceOf(entry, file, settings);
  const location = registry.locate(entry, file);
  const view = transferView(`${name} ${file.precision}`, file.bytes);
  try {
    const outcome = await interruptibly((signal) =>
      pullFile({
        expected: { model: name, bytes: file.bytes, sha256: file.sha256 },
        ...{ source, location, signal },
        onProgress: (bytes) => view.show(bytes),
      }),
    );
    view.close();
    print(
      `${name} ${file.precision}: ${outcome === "present" ? "already installed" : "installed"}`,
    );
    print(`licence ${entry.licence}`);
  } finally {
    view.close();
  }
}

async function remove(name: string): Promise<void> {
  const registry = openRegistry(loadPullSettings());
  const entry = registry.find(name);
  if (entry.source.kind === "built-in") {
    throw new DepthmeshError("PARAMETER_CONFLICT", `${name} is built in and cannot be removed`);
  }
  const installed = await registry.installed(entry);
  // The whole folder, with the partial file of an interrupted download.
  const folders = new Set(entry.files.map((file) => dirname(registry.locate(entry, file))));
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  print(installed.length > 0 ? `${name}: removed` : `${name}: was not installed`);
}

async function verify(name: string | undefined): Promise<void> {
  const registry = openRegistry(loadPullSettings());
  const entries = name === undefined ? registry.entries : [registry.find(name)];
  let corrupt = 0;
  for (const entry of entries) {
    if (entry.name === name) await assertInstalled(registry, entry);
    corrupt += await verifyEntry(registry, entry);
  }
  if (corrupt === 0) return;
  throw new DepthmeshError("MODEL_CORRUPT", `${corrupt} file(s) differ from the manifest`);
}

async function assertInstalled(registry: ModelRegistry, entry: ModelEntry): Promise<void> {
  if ((await registry.installed(entry)).length > 0) return;
  throw new DepthmeshError("MODEL_NOT_INSTALLED", `no file of ${entry.name} is installed`);
}

/** Verifies the installed files of one model; returns how many are corrupt. */
async function verifyEntry(registry: ModelRegistry, entry: ModelEntry): Promise<number> {
  let corrupt = 0;
  for (const file of await registry.installed(entry)) {
    const what = `${entry.name} ${file.name}`;
    try {
      await registry.verify(entry, file);
      print(`ok       ${what}`);
    } catch (error) {
      if (!(error instanceof DepthmeshError) || error.reason !== "MODEL_CORRUPT") throw error;
      corrupt += 1;
      print(`corrupt  ${what}: ${error.message}`);
    }
  }
  return corrupt;
}
