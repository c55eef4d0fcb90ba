/** `depthmesh catalogue`: shows the catalogue of jobs, and makes it again from the records. */
import type { Command } from "commander";
import { DepthmeshError } from "../../core/errors.js";
import { sizeText } from "../../core/quantity-text.js";
import { pause } from "../../kit/async/delay.js";
import {
  CatalogueState,
  type GetCatalogueStatusResponse,
} from "../../proto/gen/depthmesh/v1/admin_service.js";
import { CATALOGUE_STATE_WORDS } from "../../wire/enums.js";
import { type Connection, type ConnectOptions, withAdmin, withRunningMesh } from "../connect.js";
import { JSON_HELP, print, printJson } from "../print.js";

interface Options extends ConnectOptions {
  readonly json?: boolean;
}

const POLL_MS = 500;

export function addCatalogue(program: Command): void {
  const catalogue = program
    .command("catalogue")
    .description("show the catalogue of jobs, and rebuild it (docs/catalogue.md)");
  withAdmin(
    catalogue
      .command("status")
      .description("show where the catalogue is, what it has, and how far it is behind")
      .option("--json", JSON_HELP),
  ).action((options: Options) =>
    withRunningMesh(options, async ({ admin, signal }) =>
      show(await admin.getCatalogueStatus(signal), options),
    ),
  );
  withAdmin(
    catalogue
      .command("rebuild")
      .description("read all records of jobs again; lists and jobs go on meanwhile")
      .option("--json", JSON_HELP),
  ).action((options: Options) =>
    withRunningMesh(options, (connection) => rebuild(connection, options)),
  );
}

/** Ctrl-C ends the command; the gateway goes on. */
async function rebuild({ admin, signal }: Connection, options: Options): Promise<void> {
  await admin.rebuildCatalogue(signal);
  let told = "";
  for (;;) {
    const status = await admin.getCatalogueStatus(signal);
    const { state, done, total, trouble } = status;
    const text = `${done} of ${total} changes read`;
    if (total > 0 && text !== told) process.stderr.write(`${text}\n`);
    told = text;
    if (trouble !== "") {
      const message = `the catalogue was not rebuilt: ${trouble}; the gateway's log says more`;
      throw new DepthmeshError("CATALOGUE_UNAVAILABLE", message);
    }
    if (state !== CatalogueState.CATALOGUE_STATE_REBUILDING) return show(status, options);
    await pause(POLL_MS, signal);
    signal.throwIfAborted();
  }
}

function show(status: GetCatalogueStatusResponse, { json }: Options): void {
  const { state, engine, place, revision, behind, done, total, jobs, sizeBytes, trouble } = status;
  const word = CATALOGUE_STATE_WORDS.word(state, "state") ?? "unknown";
  if (json) {
    const { embedded } = status;
    const position = { revision, behind, done, total };
    printJson({ state: word, engine, embedded, place, ...position, jobs, sizeBytes, trouble });
    return;
  }
  const progress = total > 0 ? `, ${done} of ${total} changes read` : "";
  print(`state     ${word}${progress}`);
  if (engine !== "") print(`engine    ${engine}`);
  if (place !== "") print(`place     ${place}`);
  print(`revision  ${revision}${behind > 0 ? `, ${behind} behind` : ""}`);
  if (engine !== "") print(`jobs      ${jobs}`);
  if (engine !== "") print(`size      ${sizeText(sizeBytes)}`);
  if (trouble !== "") print(`trouble   ${trouble}`);
}
