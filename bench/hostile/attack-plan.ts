/** What the process of an attack is told, as one line of JSON on its standard input. */

export const ATTACKS = {
  silent: "1 000 connections without preface",
  idle: "1 000 idle connections",
  drips: "600 connections that drip their headers",
  uploads: "100 slow uploads",
  keys: "wrong keys",
  tokens: "tokens of 60 KiB",
  cameras: "sessions of 1 000 cameras/s",
  unread: "readers that never read",
} as const;

export type AttackName = keyof typeof ATTACKS;

export interface AttackPlan {
  readonly attack: AttackName;
  /** The gateway's public port. */
  readonly address: string;
  /** Of the attacker's own tenant; strangers do not use it. */
  readonly key: string;
  /** `jobs/{id}`: a job of the attacker's that has ended, with the artifact `depth.png`. */
  readonly job: string;
}

/** Nothing lasts longer, whatever becomes of the bench. */
export const LONGEST_MS = 60_000;
