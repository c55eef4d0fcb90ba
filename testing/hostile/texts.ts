/** Texts that break what is made of them without a check: paths, keys, lines, headers, JSON. */

/** The longest, in characters; no field of the protocol takes nearly as many. */
const LONG_CHARACTERS = 64 * 1024;

/**
 * By what they try. `mark` is a word that nobody else has: where it turns up, a caller's text did.
 */
export function hostileTexts(mark: string): ReadonlyMap<string, string> {
  return new Map([
    ["a path above", `../../../../${mark}`],
    ["an absolute path", `/tmp/${mark}`],
    ["a path of Windows", `..\\..\\${mark}`],
    ["an encoded path", `%2e%2e%2f%2e%2e%2f${mark}%00`],
    ["a NUL", `${mark}\0.png`],
    ["lines", `${mark}\r\ngrpc-status: 0\r\n\r\n{"level":60}`],
    ["terminal controls", `\u001b[2J\u001b]0;${mark}\u0007\u0085`],
    ["text to the left", `\u202e\u2066${mark}\u2069\u200f\u2028`],
    ["all subjects", "$.*.>"],
    ["one token of a subject", "*"],
    ["the rest of a subject", ">"],
    ["a system subject", `$KV.dm_jobs.>`],
    ["an empty token", `.${mark}..`],
    ["broken JSON", `","level":60,"msg":"${mark}`],
    ["a prototype", "__proto__"],
    ["a shell", `$(touch ${mark});\`touch ${mark}\``],
    ["blanks", `  ${mark}\t `],
    ["a long one", mark.repeat(Math.ceil(LONG_CHARACTERS / mark.length))],
    ["a long one of many bytes", "𝒳".repeat(LONG_CHARACTERS / 2)],
  ]);
}
