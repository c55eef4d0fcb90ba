/**
 * The progress of a divided clip between two changes of its record: what the workers of its
 * segments report, weighed by their frames.
 */
import type { Subscription } from "nats";
import type { Bus } from "../../../kit/nats/connect.js";
import { progressIn } from "../../../pipeline/record/progress.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { segmentIds } from "../../../pipeline/segments/segment-record.js";
import type { Stage } from "../../../pipeline/stages.js";
import { progressSubject } from "../../../pipeline/topology/names.js";

export class SegmentProgress {
  readonly #bus: Pick<Bus, "connection">;
  readonly #report: (stage: Stage, fraction: number) => void;
  #division = "";
  #subscriptions: Subscription[] = [];

  constructor(bus: Pick<Bus, "connection">, report: (stage: Stage, fraction: number) => void) {
    this.#bus = bus;
    this.#report = report;
  }

  /** Call it with each record of the job. */
  follow({ id, tenant, division }: JobRecord): void {
    if (!division || division.id === this.#division) return;
    this.close();
    this.#division = division.id;
    const frames = division.ranges.map((range) => range.frames);
    const total = frames.reduce((sum, each) => sum + each, 0);
    const none = () => frames.map(() => 0);
    const reached = { depth: none(), render: none(), encode: none() };
    this.#subscriptions = segmentIds(id, division).map((segment, index) =>
      this.#bus.connection.subscribe(progressSubject(tenant, segment, "*"), {
        callback: (_error, message) => {
          const told = progressIn(message.data);
          if (!told || !message.subject.endsWith(`.${told.stage}`)) return;
          const parts = reached[told.stage];
          parts[index] = Math.max(parts[index] ?? 0, told.fraction);
          const sum = parts.reduce((before, part, i) => before + part * (frames[i] ?? 0), 0);
          this.#report(told.stage, sum / total);
        },
      }),
    );
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
  }
}
