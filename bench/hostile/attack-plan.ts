/** What the process of an attack is told, as one line of JSON on its standard input. */

export const ATTACKS = {
  silent: "1 000 connections without preface",
  idle: "1 000 idle connections",
  drips: "600 connections that drip their headers",
  uploads: "100 slow uploads",
  keys: "wrong keys",
  tokens: "tokens of 60 KiB",
  sessions: "8 sessions of 60 cameras/s",
  cameras: "8 sessions of 1 000 cameras/s",
  unread: "readers that never read",
} as const;

export type AttackName = keyof typeof ATTACKS;
export const ATTACK_NAMES = Object.keys(ATTACKS) as AttackName[];

/**
 * What is no attack: drawing as many frames as the machine can is what sessions are for, so that
 * the floods of cameras are compared with it, and it is a figure without an aim.
 */
export const POLITE: AttackName = "sessions";

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
