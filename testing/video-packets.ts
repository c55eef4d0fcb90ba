/** What ffprobe and ffmpeg say of packets. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Time stamps, flags, size and hash of each packet of the video, a line each. */
export async function videoPackets(file: string): Promise<string[]> {
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-select_streams", "v:0", "-show_packets", "-show_data_hash", "md5"],
    ...["-show_entries", "packet=pts_time,dts_time,size,flags,data_hash", "-of", "csv=p=0", file],
  ]);
  return stdout.trim().split("\n");
}

/** Decode all of it; what ffmpeg has to say is a warning or worse. */
export async function decodeWarnings(file: string): Promise<string> {
  const { stderr } = await run("ffmpeg", ["-v", "warning", "-i", file, "-f", "null", "-"]);
  return stderr;
}
