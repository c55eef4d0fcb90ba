/** The status of a model as lists show it, and the NATS request by which the gateway gets it: only depth workers see their disks. */
import type { Bus } from "../kit/nats/connect.js";
import { isStated, type ModelEntry } from "./manifest.js";

/** Asked for the models of the depth workers; any of them answers. */
const MODELS_SUBJECT = "dm.v1.models";
const ANSWER_TIMEOUT_MS = 500;

/** What can be done with a model here; `unknown` where no depth worker could be asked. */
export type ModelState = "available" | "not-installed" | "licence-forbidden" | "unknown";

/** A model as lists show it. */
export interface ModelStatus {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  readonly commercialUse: boolean;
  readonly state: ModelState;
  /** Whether `auto` stands for it now. */
  readonly isDefault: boolean;
  /** Of its installed files. */
  readonly installedBytes: number;
  /** Command that installs it; empty where nothing can be pulled. */
  readonly installCommand: string;
}

/** What a manifest alone says about a model. */
export function statusOf(entry: ModelEntry, state: ModelState): ModelStatus {
  const { name, title, licence, commercialUse } = entry;
  return {
    ...{ name, title, licence, commercialUse, state },
    ...{ isDefault: false, installedBytes: 0, installCommand: installCommand(entry) },
  };
}

/** Empty for a model that is built in, and for one of which no file is vouched for. */
export function installCommand({ name, source, files }: ModelEntry): string {
  const pullable = source.kind !== "built-in" && files.some(isStated);
  return pullable ? `depthmesh models pull ${name}` : "";
}

/** Answer with this worker's models. One worker of all answers: they are expected to have the same. */
export function serveModelList(bus: Bus, list: () => Promise<readonly ModelStatus[]>): void {
  bus.connection.subscribe(MODELS_SUBJECT, {
    queue: "depth",
    callback: (error, message) => {
      if (error) return;
      // A list that cannot be made is no answer: the asker's timeout says the same.
      list().then(
        (statuses) => message.respond(JSON.stringify(statuses)),
        () => {},
      );
    },
  });
}

/** What a depth worker answers; undefined when none is there to answer. */
export async function askModelList(bus: Bus): Promise<readonly ModelStatus[] | undefined> {
  try {
    const reply = await bus.connection.request(MODELS_SUBJECT, undefined, {
      timeout: ANSWER_TIMEOUT_MS,
    });
    return JSON.parse(reply.string()) as readonly ModelStatus[];
  } catch {
    return undefined;
  }
}
