/**
 * The process of one attack: it reads its plan, prints "underway", and goes on until its standard
 * input ends. It runs apart, so that its work is not that of the measured caller.
 */
import { setPriority } from "node:os";
import { createInterface } from "node:readline";
import { type AttackName, type AttackPlan, LONGEST_MS } from "./attack-plan.js";
import { cameraFloods, flood, hugeToken, slowUploads, unreadStreams, wrongKey } from "./calls.js";
import { drip, openMany, sayHello, sayNothing } from "./connections.js";

const BEGIN: Readonly<Record<AttackName, (plan: AttackPlan) => Promise<void>>> = {
  silent: ({ address }) => openMany(address, 1_000, () => sayNothing),
  idle: ({ address }) => openMany(address, 1_000, () => sayHello),
  drips: ({ address }) => openMany(address, 600, drip),
  uploads: (plan) => slowUploads(plan, 100),
  keys: (plan) => flood(plan, 4, 64, wrongKey),
  tokens: (plan) => flood(plan, 4, 8, hugeToken),
  sessions: (plan) => cameraFloods(plan, 8, 60),
  cameras: (plan) => cameraFloods(plan, 8, 1_000),
  unread: (plan) => unreadStreams(plan, 100),
};

// Strangers have machines of their own: their processor time is not to count.
setPriority(19);
setTimeout(() => process.exit(1), LONGEST_MS).unref();
const lines = createInterface({ input: process.stdin });
lines.once("line", async (line) => {
  const plan = JSON.parse(line) as AttackPlan;
  await BEGIN[plan.attack](plan);
  process.stdout.write("underway\n");
});
lines.once("close", () => process.exit(0));
