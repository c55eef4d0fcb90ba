/** Whether the controls say what they mean; kept for the next visit. */
import { effect, signal } from "@preact/signals";

const KEY = "depthmesh.explain";

export const explains = signal(localStorage.getItem(KEY) === "yes");

effect(() => localStorage.setItem(KEY, explains.value ? "yes" : "no"));
