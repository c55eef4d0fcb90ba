/** Texts about what went wrong. */
export const ERROR_STRINGS = {
  title: "Errors",
  intro: "Every reason with which a job can fail or a call can be refused.",
  reason: "Reason",
  meaning: "What it means",
  advice: "What to do",
  whatToDo: "What to do:",
  more: "About this error",
  again: "Try again",
} as const;
