/** EXIF that says how a picture is turned, and nothing else. */
const SHORT = 3;
const BYTE = 1;

/** One directory with the orientation, in a field of this type; the standard names SHORT. */
export function exifOf(orientation: number, type: "SHORT" | "BYTE" = "SHORT"): Buffer {
  const exif = Buffer.alloc(26);
  exif.write("MM\0*\0\0\0\x08\0\x01\x01\x12", "latin1");
  exif.writeUInt16BE(type === "BYTE" ? BYTE : SHORT, 12);
  exif.writeUInt32BE(1, 14);
  if (type === "BYTE") exif[18] = orientation;
  else exif.writeUInt16BE(orientation, 18);
  return exif;
}
