/** Settings of everything that touches model files, and the folders they mean. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { choice, environmentVariable, readSettings, text } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";

export const MODEL_SETTINGS = {
  models: text(
    "DEPTHMESH_MODELS",
    "",
    "folder of the installed models, and of a manifest.json with models of your own; unset means depthmesh/models in the user's data folder",
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

/** What only installing needs. */
export const MODEL_PULL_SETTINGS = {
  ...MODEL_SETTINGS,
  mirror: text(
    "DEPTHMESH_MODEL_MIRROR",
    "",
    "folder or http(s) URL to pull models from instead of their own source; files lie at NAME/FILE as in a models folder",
  ),
  hub: text(
    "DEPTHMESH_MODEL_HUB",
    "https://huggingface.co",
    "base URL of the hub that the manifest's repositories belong to",
  ),
};

export const loadPullSettings = () => readSettings(MODEL_PULL_SETTINGS);

/** Folder of the package's manifest and of the model that comes with it. */
export const builtInModelsFolder = () => packagePath("models");

/** Folder of the installed models, for a value of DEPTHMESH_MODELS. */
export function installedModelsFolder(setting: string): string {
  if (setting !== "") return resolve(setting);
  const data = environmentVariable("XDG_DATA_HOME") ?? join(homedir(), ".local", "share");
  return join(data, "depthmesh", "models");
}
