/** Texts about the server that is away, and about the key that it wants. */
export const SESSION_STRINGS = {
  away: "The server does not answer",
  awayHint: "The page tries again by itself. What you have set here stays.",
  title: "This server wants an API key",
  ask: "Whoever runs this server makes one for you, with the command “depthmesh keys create”.",
  hint: "The key stays in a cookie that no script can read, until you press “Forget the key”.",
  tenant: "The tenant of this key",
  forget: "Forget the key",
  label: "API key",
  send: "Open",
  sending: "Looking…",
} as const;
