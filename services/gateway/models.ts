/** The depth models as jobs may ask for them: what a depth worker answers, or the manifest alone while none is there. */

import { DepthmeshError } from "../../core/errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { askModelList } from "../../models/ask-workers.js";
import { readManifest } from "../../models/manifest.js";
import { AUTO_MODEL, type ModelStatus, statusOf } from "../../models/registry.js";
import { builtInModelsFolder } from "../../models/settings.js";

export class ModelDirectory {
  readonly #bus: Bus;
  readonly #manifest: readonly ModelStatus[];

  /** Reads the package's manifest. Throws MODEL_CORRUPT. */
  constructor(bus: Bus) {
    this.#bus = bus;
    this.#manifest = readManifest(builtInModelsFolder())
      .sort((a, b) => b.rank - a.rank)
      .map((entry) => statusOf(entry, "unknown"));
  }

  /** Names that are known without asking. */
  get names(): readonly string[] {
    return this.#manifest.map(({ name }) => name);
  }

  /** All models, best first. */
  async list(): Promise<readonly ModelStatus[]> {
    return (await askModelList(this.#bus)) ?? this.#manifest;
  }

  /**
   * The names that a job may give, the default first. Throws MODEL_NOT_INSTALLED or MODEL_LICENCE_FORBIDDEN when the
   * wanted one is known and cannot be used; while no depth worker is there, that is found when one takes the job.
   */
  async namesFor(wanted: string): Promise<readonly string[]> {
    // There is always a way for `auto`: nobody need be asked.
    if (wanted === "" || wanted === AUTO_MODEL) return [AUTO_MODEL];
    const statuses = await this.list();
    const status = statuses.find(({ name }) => name === wanted);
    if (status) assertUsable(status);
    return [AUTO_MODEL, ...statuses.map(({ name }) => name)];
  }
}

function assertUsable({ name, state, licence, installCommand }: ModelStatus): void {
  const metadata = { field: "model", model: name };
  if (state === "licence-forbidden") {
    throw new DepthmeshError(
      "MODEL_LICENCE_FORBIDDEN",
      `${name} is under ${licence}, which this server's operator has not allowed`,
      { metadata: { ...metadata, licence } },
    );
  }
  if (state === "not-installed") {
    const how = installCommand && `; on a depth worker: ${installCommand}`;
    throw new DepthmeshError("MODEL_NOT_INSTALLED", `${name} is not installed${how}`, {
      metadata: { ...metadata, ...(installCommand && { command: installCommand }) },
    });
  }
}
