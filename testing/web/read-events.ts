/** Server-sent events of an answer, as they come. */
import assert from "node:assert/strict";
import { EventSourceParserStream } from "eventsource-parser/stream";

export interface ReadEvent {
  readonly id: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Ends with the answer. Throws what reading the answer throws. */
export async function* readEvents({ body }: Response): AsyncGenerator<ReadEvent> {
  assert.ok(body, "the answer has a body");
  const events = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { id, event, data } of events) {
    yield { id: Number(id), event: event ?? "", data: JSON.parse(data) };
  }
}
