/**
 * The registry of depth models: which models are known, and which of them are installed and allowed
 * here.
 */

import { join, resolve } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import { choice, readSettings, text } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { userDataFolder } from "../kit/process/user-folders.js";
import {
  isStated,
  type ModelEntry,
  type ModelFile,
  type ModelProvider,
  type Precision,
  readManifests,
  type StatedFile,
} from "./manifest.js";
import { fileSize, readVerified, verifyFile } from "./model-file.js";
import { installCommand, type ModelState, type ModelStatus, statusOf } from "./status.js";

/** This name selects the best model that is installed. */
export const AUTO_MODEL = "auto";

export const MODEL_SETTINGS = {
  models: text(
    "DEPTHMESH_MODELS",
    "",
    "folder of the installed models, and of a manifest.json with your own models; unset means depthmesh/models in the user's data folder",
  ),
  allowNonCommercial: choice(
    "DEPTHMESH_ALLOW_NONCOMMERCIAL",
    "no",
    ["no", "yes"],
    "whether models whose licence forbids commercial use may be installed and run",
  ),
};

export interface ModelSettings {
  readonly models: string;
  readonly allowNonCommercial: "no" | "yes";
}

/** Settings that only the installation of models needs. */
export const MODEL_PULL_SETTINGS = {
  ...MODEL_SETTINGS,
  mirror: text(
    "DEPTHMESH_MODEL_MIRROR",
    "",
    "folder or http(s) URL to pull models from instead of their own source; it has each file at NAME/FILE, as a models folder",
  ),
  hub: text(
    "DEPTHMESH_MODEL_HUB",
    "https://huggingface.co",
    "base URL of the hub that the manifest's repositories belong to",
  ),
};

export const loadPullSettings = () => readSettings(MODEL_PULL_SETTINGS);

/** Folder of the package's manifest and of the built-in model. */
export const builtInModelsFolder = () => packagePath("models");

/** Folder of the installed models for a value of DEPTHMESH_MODELS. */
export function installedModelsFolder(setting: string): string {
  if (setting !== "") return resolve(setting);
  return join(userDataFolder(), "models");
}

export interface InstalledFile extends StatedFile {
  readonly location: string;
}

export interface RegistryOptions {
  readonly builtInFolder: string;
  readonly installedFolder: string;
  readonly allowNonCommercial: boolean;
}

export class ModelRegistry {
  readonly #options: RegistryOptions;
  /** Best first. */
  readonly entries: readonly ModelEntry[];

  /** Reads the manifests. Throws MODEL_CORRUPT. */
  constructor(options: RegistryOptions) {
    this.#options = options;
    this.entries = readManifests(options.builtInFolder, options.installedFolder);
  }

  /** Throws MODEL_UNKNOWN. */
  find(name: string): ModelEntry {
    const entry = this.entries.find((candidate) => candidate.name === name);
    if (entry) return entry;
    throw new DepthmeshError("MODEL_UNKNOWN", `there is no depth model ${name.slice(0, 64)}`, {
      metadata: { known: [AUTO_MODEL, ...this.entries.map((entry) => entry.name)].join(" ") },
    });
  }

  /** Throws MODEL_LICENCE_FORBIDDEN for a model whose licence the operator has not allowed. */
  assertAllowed({ name, licence, commercialUse }: ModelEntry): void {
    if (commercialUse || this.#options.allowNonCommercial) return;
    throw new DepthmeshError(
      "MODEL_LICENCE_FORBIDDEN",
      `${name} is under ${licence}, which forbids commercial use; DEPTHMESH_ALLOW_NONCOMMERCIAL=yes allows it`,
      { metadata: { model: name, licence } },
    );
  }

  /** Path of a model's file, whether or not it is installed. */
  locate(entry: ModelEntry, file: ModelFile): string {
    const { builtInFolder, installedFolder } = this.#options;
    if (entry.source.kind === "built-in") return join(builtInFolder, file.name);
    return join(installedFolder, entry.name, file.name);
  }

  /** The files of a model that are on this disk, in the manifest's order. */
  async installed(entry: ModelEntry): Promise<InstalledFile[]> {
    const found: InstalledFile[] = [];
    for (const file of entry.files.filter(isStated)) {
      const location = this.locate(entry, file);
      // A file of the wrong size counts too: loading it then reports what is wrong.
      if ((await fileSize(location)) !== undefined) found.push({ ...file, location });
    }
    return found;
  }

  /**
   * The installed file to run on a provider. Throws MODEL_LICENCE_FORBIDDEN, MODEL_NOT_INSTALLED.
   */
  async fileFor(entry: ModelEntry, provider: ModelProvider): Promise<InstalledFile> {
    this.assertAllowed(entry);
    const installed = await this.installed(entry);
    const file = installed.find(({ providers }) => providers.includes(provider)) ?? installed[0];
    if (file) return file;
    throw notInstalled(entry);
  }

  /** The verified bytes of a file. Throws MODEL_CORRUPT when they do not match the manifest. */
  read({ name }: ModelEntry, { location, bytes, sha256 }: InstalledFile): Promise<Uint8Array> {
    return readVerified(location, { model: name, bytes, sha256 });
  }

  /** Throws MODEL_CORRUPT when a file does not match the manifest. */
  verify({ name }: ModelEntry, { location, bytes, sha256 }: InstalledFile): Promise<void> {
    return verifyFile(location, { model: name, bytes, sha256 });
  }

  /**
   * The model that `auto` selects now: the best one that is allowed and installed. Throws
   * MODEL_NOT_INSTALLED.
   */
  async best(): Promise<ModelEntry> {
    for (const entry of this.entries) {
      const allowed = entry.commercialUse || this.#options.allowNonCommercial;
      if (allowed && (await this.installed(entry)).length > 0) return entry;
    }
    throw new DepthmeshError("MODEL_NOT_INSTALLED", "no depth model is installed");
  }

  /** The status of all models, best first. */
  async statuses(): Promise<ModelStatus[]> {
    const best = await this.best().catch(() => undefined);
    return Promise.all(
      this.entries.map(async (entry) => {
        const installed = await this.installed(entry);
        return {
          ...statusOf(entry, this.#state(entry, installed.length > 0)),
          isDefault: entry === best,
          installedBytes: installed.reduce((sum, { bytes }) => sum + bytes, 0),
        };
      }),
    );
  }

  #state({ commercialUse }: ModelEntry, installed: boolean): ModelState {
    if (!commercialUse && !this.#options.allowNonCommercial) return "licence-forbidden";
    return installed ? "available" : "not-installed";
  }

  /** The best model that is allowed here and can be pulled, if there is one. */
  get recommended(): ModelEntry | undefined {
    const { allowNonCommercial } = this.#options;
    return this.entries.find(
      (entry) => (entry.commercialUse || allowNonCommercial) && installCommand(entry) !== "",
    );
  }

  /** The model that comes with the package, if there is one. */
  get builtIn(): ModelEntry | undefined {
    return this.entries.find((entry) => entry.source.kind === "built-in");
  }
}

/** Opens the registry with the folders of the settings. Throws MODEL_CORRUPT. */
export function openRegistry(settings: ModelSettings): ModelRegistry {
  return new ModelRegistry({
    builtInFolder: builtInModelsFolder(),
    installedFolder: installedModelsFolder(settings.models),
    allowNonCommercial: settings.allowNonCommercial === "yes",
  });
}

/**
 * The file to pull: that of `precision`, or the first one. Throws MODEL_NOT_INSTALLED when the
 * manifest states the size and hash of none.
 */
export function pullableFile(entry: ModelEntry, precision?: Precision): StatedFile {
  const file = entry.files
    .filter(isStated)
    .find((candidate) => precision === undefined || candidate.precision === precision);
  if (file) return file;
  const listed = entry.files.map(({ precision }) => precision);
  if (precision !== undefined && !listed.includes(precision)) {
    throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", `${entry.name} has no ${precision} file`, {
      metadata: { model: entry.name, known: [...new Set(listed)].join(" ") },
    });
  }
  throw notInstalled(entry);
}

function notInstalled(entry: ModelEntry): DepthmeshError {
  const { name } = entry;
  const command = installCommand(entry);
  const how =
    command ||
    "the manifest states no size and hash of its files: add an entry with bytes and sha256 to a manifest.json in DEPTHMESH_MODELS";
  return new DepthmeshError("MODEL_NOT_INSTALLED", `${name} is not installed; ${how}`, {
    metadata: { model: name, ...(command && { command }) },
  });
}
