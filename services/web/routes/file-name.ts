/** The name under which a browser saves a file (RFC 6266). */
import { printable } from "../../../core/printable.js";

/** What file systems take, with room for a number that a browser adds. */
const MAX_CHARACTERS = 200;

/**
 * The parameters of Content-Disposition for the name that `?download=NAME` asks for; `own` is the
 * name of the file itself, which a query without a name means.
 */
export function fileNameParameters(own: string, asked: string | undefined): string {
  const name = asked === undefined || SWITCHES.has(asked) ? own : savedName(asked);
  if (name === "" || name === own) return `filename="${own}"`;
  return `filename="${own}"; filename*=UTF-8''${encoded(name)}`;
}

/** `?download`, `?download=1` and their like ask for no name. */
const SWITCHES: ReadonlySet<string> = new Set(["", "0", "1", "true", "false"]);

/** Without folders, and without what a file system or a person could take for something else. */
function savedName(asked: string): string {
  const last = printable(asked).split(/[/\\]/).at(-1) ?? "";
  const plain = last.replaceAll(/[<>:"|?*]/g, "_").replace(/^\.+/, "");
  return [...plain].slice(-MAX_CHARACTERS).join("");
}

/** RFC 8187: the signs that encodeURIComponent leaves and that a value may not hold. */
function encoded(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
