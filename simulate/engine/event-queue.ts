/**
 * What will happen in a simulation, in the order of time: a binary heap. Events of one moment
 * happen in the order in which they were added, so that a run can be repeated.
 */

export type Event = () => void;

export class EventQueue {
  #atSeconds: number[] = [];
  #numbers: number[] = [];
  #events: Event[] = [];
  #added = 0;

  get size(): number {
    return this.#events.length;
  }

  /** Seconds of the next event; infinite without one. */
  get nextSeconds(): number {
    return this.#atSeconds[0] ?? Number.POSITIVE_INFINITY;
  }

  add(atSeconds: number, event: Event): void {
    const number = this.#added++;
    const times = this.#atSeconds;
    const numbers = this.#numbers;
    const events = this.#events;
    let index = events.length;
    times.push(atSeconds);
    numbers.push(number);
    events.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      // The newest event comes after all others of its moment.
      if ((times[parent] as number) <= atSeconds) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#put(index, atSeconds, number, event);
  }

  /** Removes the next event. Throws RangeError when there is none. */
  take(): Event {
    const [first] = this.#events;
    const last = this.#events.pop();
    const atSeconds = this.#atSeconds.pop();
    const number = this.#numbers.pop();
    if (first === undefined || last === undefined || atSeconds === undefined)
      throw new RangeError("the queue of events is empty");
    if (this.#events.length > 0) this.#sink(atSeconds, number as number, last);
    return first;
  }

  /** Puts an event where the first one was, and lets it sink below all that come before it. */
  #sink(atSeconds: number, number: number, event: Event): void {
    const times = this.#atSeconds;
    const size = this.#events.length;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#isBefore(child + 1, times[child] as number, child)) child += 1;
      const childSeconds = times[child] as number;
      const isFirst =
        childSeconds < atSeconds ||
        (childSeconds === atSeconds && (this.#numbers[child] as number) < number);
      if (!isFirst) break;
      this.#move(child, index);
      index = child;
    }
    this.#put(index, atSeconds, number, event);
  }

  #isBefore(index: number, otherSeconds: number, other: number): boolean {
    const atSeconds = this.#atSeconds[index] as number;
    if (atSeconds !== otherSeconds) return atSeconds < otherSeconds;
    return (this.#numbers[index] as number) < (this.#numbers[other] as number);
  }

  #move(from: number, to: number): void {
    this.#put(
      to,
      this.#atSeconds[from] as number,
      this.#numbers[from] as number,
      this.#events[from] as Event,
    );
  }

  #put(index: number, atSeconds: number, number: number, event: Event): void {
    this.#atSeconds[index] = atSeconds;
    this.#numbers[index] = number;
    this.#events[index] = event;
  }
}
