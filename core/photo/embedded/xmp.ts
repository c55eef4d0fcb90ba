/** The XMP packet of a JPEG with its extension (Adobe XMP specification, part 3, 1.1.3). */
import { appSegments, startsWith } from "./jpeg-segments.js";

const MAIN = "http://ns.adobe.com/xap/1.0/\0";
const EXTENSION = "http://ns.adobe.com/xmp/extension/\0";
const GUID_BYTES = 32;
/** A depth map of a phone has less; a file that claims more is hostile. */
const MAX_EXTENSION_BYTES = 32 * 1024 * 1024;

export interface Xmp {
  readonly main: string;
  /** Empty without an extension. */
  readonly extension: string;
}

/** Undefined where the file has no XMP. */
export function readXmp(bytes: Uint8Array): Xmp | undefined {
  let main: string | undefined;
  const parts: { guid: string; total: number; at: number; data: Uint8Array }[] = [];
  for (const { app, payload } of appSegments(bytes)) {
    if (app !== 1) continue;
    if (startsWith(payload, MAIN)) main ??= textOf(payload.subarray(MAIN.length));
    else if (startsWith(payload, EXTENSION)) {
      const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
      const at = EXTENSION.length + GUID_BYTES;
      if (payload.length < at + 8) continue;
      const guid = textOf(payload.subarray(EXTENSION.length, at));
      const data = payload.subarray(at + 8);
      parts.push({ guid, total: view.getUint32(at), at: view.getUint32(at + 4), data });
    }
  }
  if (main === undefined) return undefined;
  return { main, extension: joined(parts, property(main, "xmpNote:HasExtendedXMP")) };
}

function joined(
  parts: readonly { guid: string; total: number; at: number; data: Uint8Array }[],
  guid: string | undefined,
): string {
  const own = parts.filter((part) => part.guid === guid);
  const total = own[0]?.total ?? 0;
  if (total === 0 || total > MAX_EXTENSION_BYTES) return "";
  const whole = new Uint8Array(total);
  for (const { at, data } of own) {
    if (at + data.length > total) return "";
    whole.set(data, at);
  }
  return textOf(whole);
}

/** Names, numbers and base64 are ASCII; other characters are of no interest here. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/**
 * The value of a property, written as an attribute or as an element. Found by its prefix, which is
 * the same in all files that phones write. Values have no markup and no entities.
 */
export function property(xmp: string, name: string): string | undefined {
  for (const [before, after] of [
    [`${name}="`, '"'],
    [`${name}='`, "'"],
    [`<${name}>`, "<"],
  ] as const) {
    const at = xmp.indexOf(before);
    if (at < 0) continue;
    const start = at + before.length;
    const end = xmp.indexOf(after, start);
    if (end >= 0) return xmp.slice(start, end).trim();
  }
  return undefined;
}
