/** Reads every message of a stream in order, and continues after nats-server was restarted. */
import {
  consumerOpts,
  Events,
  type JetStreamSubscription,
  type JsMsg,
  type NatsConnection,
} from "nats";
import { pause } from "../../kit/async/delay.js";

const RESUME_RETRY_MS = 100;

export class StreamFollower {
  readonly #connection: NatsConnection;
  readonly #stream: string;
  readonly #subject: string;
  readonly #onMessage: (message: SeenMessage) => void;
  /**
   * Called when nats-server has lost the messages after this sequence: it was killed before it
   * synced them.
   */
  readonly #onRollback: (lastSequence: number) => void;
  #last = 0;
  #subscription: JetStreamSubscription | undefined;
  #closed = false;

  private constructor(connection: NatsConnection, options: FollowOptions) {
    this.#connection = connection;
    this.#stream = options.stream;
    this.#subject = options.subject;
    this.#onMessage = options.onMessage;
    this.#onRollback = options.onRollback;
  }

  static async start(connection: NatsConnection, options: FollowOptions): Promise<StreamFollower> {
    const follower = new StreamFollower(connection, options);
    await follower.#subscribe();
    void follower.#afterReconnects();
    return follower;
  }

  close(): void {
    this.#closed = true;
    this.#subscription?.unsubscribe();
  }

  async #afterReconnects(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type !== Events.Reconnect || this.#closed) continue;
      this.#subscription?.unsubscribe();
      await this.#resume();
    }
  }

  /** Repeats until it succeeds: nats-server may not have loaded its streams yet. */
  async #resume(): Promise<void> {
    while (!this.#closed && !this.#connection.isClosed()) {
      try {
        const manager = await this.#connection.jetstreamManager({ timeout: 1_000 });
        const { state } = await manager.streams.info(this.#stream);
        if (state.last_seq < this.#last) {
          this.#last = state.last_seq;
          this.#onRollback(state.last_seq);
        }
        await this.#subscribe();
        return;
      } catch {
        await pause(RESUME_RETRY_MS);
      }
    }
  }

  async #subscribe(): Promise<void> {
    const options = consumerOpts();
    options.orderedConsumer();
    options.bindStream(this.#stream);
    options.startSequence(this.#last + 1);
    options.callback((_error, message) => {
      if (!message || message.seq <= this.#last) return;
      this.#last = message.seq;
      this.#onMessage(message);
    });
    this.#subscription = await this.#connection.jetstream().subscribe(this.#subject, options);
  }
}

/** A message as whoever follows a stream sees it. */
export interface SeenMessage extends Pick<JsMsg, "seq" | "subject" | "json"> {
  readonly headers?: { get(name: string): string } | undefined;
}

/** Something that follows a stream until it is closed. */
export type Followed = Pick<StreamFollower, "close">;

export interface FollowOptions {
  readonly stream: string;
  readonly subject: string;
  readonly onMessage: (message: SeenMessage) => void;
  readonly onRollback: (lastSequence: number) => void;
}
