/** The words of a protocol's enum, as people write them: LOOP_MODE_PING_PONG is `ping-pong`. */
import { DepthmeshError } from "../core/errors.js";

/** What ts-proto makes of an enum. */
type WireEnum = Readonly<Record<string, number>>;

export class EnumWords {
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #words: ReadonlyMap<number, string>;

  /** `prefix` is what all names begin with, underscore included. The unspecified value has no word. */
  constructor(values: WireEnum, prefix: string) {
    const known = Object.entries(values)
      .filter(([, number]) => number > 0)
      .map(([name, number]) => {
        const word = name.slice(prefix.length).toLowerCase().replaceAll("_", "-");
        return [word, number] as const;
      });
    this.#numbers = new Map(known);
    this.#words = new Map(known.map(([word, number]) => [number, word]));
  }

  /** The word of a value; undefined where nothing was said. Throws PARAMETER_UNKNOWN for a value of a later version. */
  word(value: number, field: string): string | undefined {
    if (value === 0) return undefined;
    const word = this.#words.get(value);
    if (word !== undefined) return word;
    throw new DepthmeshError(
      "PARAMETER_UNKNOWN",
      `${field} has a value this server does not know`,
      { metadata: { field, actual: String(value) } },
    );
  }

  /** The value of a word; 0 where there is none. Throws PARAMETER_UNKNOWN. */
  number(word: string | undefined, field: string): number {
    if (word === undefined) return 0;
    const number = this.#numbers.get(word);
    if (number !== undefined) return number;
    const known = [...this.#numbers.keys()].join(" ");
    throw new DepthmeshError("PARAMETER_UNKNOWN", `${field} must be one of: ${known}`, {
      metadata: { field, actual: word.slice(0, 64), known },
    });
  }
}
