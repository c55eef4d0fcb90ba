/**
 * Runs one task at a time, of which only the newest matters: while one runs, of those that arrive
 * the last one waits, and whoever waited for an older one gets its result.
 */
export class Newest<Request, Result> {
  readonly #run: (request: Request) => Promise<Result>;
  #running: Promise<Result> | undefined;
  #waiting: { request: Request; readonly result: Promise<Result> } | undefined;

  constructor(run: (request: Request) => Promise<Result>) {
    this.#run = run;
  }

  ask(request: Request): Promise<Result> {
    if (this.#waiting) {
      this.#waiting.request = request;
      return this.#waiting.result;
    }
    if (!this.#running) return this.#begin(request);
    const result = this.#running.then(
      () => this.#next(),
      () => this.#next(),
    );
    this.#waiting = { request, result };
    return result;
  }

  #next(): Promise<Result> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) throw new Error("nothing waits");
    return this.#begin(waiting.request);
  }

  #begin(request: Request): Promise<Result> {
    const running = this.#run(request);
    this.#running = running;
    const end = () => {
      if (this.#running === running) this.#running = undefined;
    };
    running.then(end, end);
    return running;
  }
}
