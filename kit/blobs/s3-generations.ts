/**
 * The generations of keys in an S3 bucket: each write and each touch of a key makes an object of a
 * name of its own, KEY/GENERATION. A key that is written once has one of a name that is known.
 */
import { randomBytes } from "node:crypto";
import { hasOneName } from "./key-rules.js";
import type { ObjectFacts } from "./object-store.js";

/** One stored object: a generation of a key. */
export interface Generation extends ObjectFacts {
  /** In the bucket, without the prefix of the mesh. */
  readonly name: string;
}

/** About 300 bytes each. */
const MAX_REMEMBERED = 20_000;

/** The only name of a key that is written once. */
export const onlyName = (key: string) => `${key}/0`;

/** A name for a new generation of the key. Names of later ones sort after it. */
export function newName(key: string): string {
  if (hasOneName(key)) return onlyName(key);
  const time = Date.now().toString(36).padStart(9, "0");
  return `${key}/${time}-${randomBytes(6).toString("hex")}`;
}

const GENERATION = /^\S+\/[0-9a-z]{9}-[0-9a-f]{12}$/;

/** Whether a store of this kind has made the object: others may lie below the same prefix. */
export function isGeneration({ key, name }: Pick<Generation, "key" | "name">): boolean {
  return hasOneName(key) ? name === onlyName(key) : GENERATION.test(name);
}

export const keyOfName = (name: string) => name.slice(0, name.lastIndexOf("/"));

/** Times of stores are whole seconds; within one, the later name is the newer. */
export function newestOf(generations: readonly Generation[]): Generation | undefined {
  return generations.reduce<Generation | undefined>((newest, next) => {
    if (!newest || next.modifiedAtMs > newest.modifiedAtMs) return next;
    return next.modifiedAtMs === newest.modifiedAtMs && next.name > newest.name ? next : newest;
  }, undefined);
}

/**
 * Those that were replaced before `beforeMs` (Unix milliseconds): what has replaced them is older.
 */
export function replacedBefore(generations: readonly Generation[], beforeMs: number): Generation[] {
  const old = generations.filter(({ modifiedAtMs }) => modifiedAtMs < beforeMs);
  const kept = newestOf(old);
  return old.filter((generation) => generation !== kept);
}

/**
 * A generation of each of many keys, as this process has seen or made it last. Other processes may
 * have made newer ones, and may have removed this one: whoever uses it finds out.
 */
export class KnownGenerations {
  readonly #generations = new Map<string, Generation>();

  get(key: string): Generation | undefined {
    return this.#generations.get(key);
  }

  /** The oldest entry is forgotten when there are too many. */
  remember(generation: Generation): void {
    const { key } = generation;
    this.#generations.delete(key);
    this.#generations.set(key, generation);
    if (this.#generations.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#generations.keys();
    if (oldest !== undefined) this.#generations.delete(oldest);
  }

  forget(key: string): void {
    this.#generations.delete(key);
  }
}
