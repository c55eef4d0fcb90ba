/**
 * The status of a model as lists show it, and the NATS request by which the gateway asks a depth
 * worker for the list, because only depth workers can see which models are on their disks.
 */
import { z } from "zod";
import type { Bus } from "../kit/nats/connect.js";
import { isStated, type ModelEntry } from "./manifest.js";

/** Subject of the request for the models of the depth workers; one of them answers. */
const MODELS_SUBJECT = "dm.v1.models";
const ANSWER_TIMEOUT_MS = 500;

/** A model as shown in lists. */
const modelStatusSchema = z.object({
  name: z.string(),
  title: z.string(),
  licence: z.string(),
  commercialUse: z.boolean(),
  /** Whether the model can be used; `unknown` when no depth worker has answered. */
  state: z.enum(["available", "not-installed", "licence-forbidden", "unknown"]),
  /** Whether `auto` selects it now. */
  isDefault: z.boolean(),
  /** Size of its installed files. */
  installedBytes: z.number(),
  /** Command that installs the model; empty when it cannot be pulled. */
  installCommand: z.string(),
});
export type ModelStatus = Readonly<z.infer<typeof modelStatusSchema>>;
export type ModelState = ModelStatus["state"];

/** The status of a model as far as the manifest tells it. */
export function statusOf(entry: ModelEntry, state: ModelState): ModelStatus {
  const { name, title, licence, commercialUse } = entry;
  return {
    ...{ name, title, licence, commercialUse, state },
    ...{ isDefault: false, installedBytes: 0, installCommand: installCommand(entry) },
  };
}

/** Empty for a built-in model, and for one without a file whose size and hash are stated. */
export function installCommand({ name, source, files }: ModelEntry): string {
  const pullable = source.kind !== "built-in" && files.some(isStated);
  return pullable ? `depthmesh models pull ${name}` : "";
}

/**
 * Answers with this worker's models. Only one of the workers answers: all are expected to have the
 * same models.
 */
export function serveModelList(bus: Bus, list: () => Promise<readonly ModelStatus[]>): void {
  bus.connection.subscribe(MODELS_SUBJECT, {
    queue: "depth",
    callback: (error, message) => {
      if (error) return;
      // If the list cannot be made, no answer is sent and the request times out.
      list().then(
        (statuses) => message.respond(JSON.stringify(statuses)),
        () => {},
      );
    },
  });
}

/** The models of a depth worker; undefined when none answers, or its answer is not valid. */
export async function askModelList(bus: Bus): Promise<readonly ModelStatus[] | undefined> {
  try {
    const reply = await bus.connection.request(MODELS_SUBJECT, undefined, {
      timeout: ANSWER_TIMEOUT_MS,
    });
    return z.array(modelStatusSchema).parse(reply.json());
  } catch {
    return undefined;
  }
}
