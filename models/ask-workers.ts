/** The gateway asks the depth workers which models they have: only they know what is on their disks. */
import type { Bus } from "../kit/nats/connect.js";
import type { ModelStatus } from "./registry.js";

/** Asked for the models of the depth workers; any of them answers. */
const MODELS_SUBJECT = "dm.v1.models";
const ANSWER_TIMEOUT_MS = 500;

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
