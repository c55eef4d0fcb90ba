/** Looking into a video with ffprobe and ffmpeg. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface VideoFacts {
  readonly codec_name: string;
  readonly pix_fmt: string;
  readonly width: number;
  readonly height: number;
  readonly nb_read_frames: string;
  readonly r_frame_rate: string;
  readonly color_space: string;
  readonly color_transfer: string;
  readonly color_primaries: string;
  readonly color_range: string;
}

/** The video stream's facts, its frames counted by decoding them. */
export async function probeVideo(file: string): Promise<VideoFacts> {
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-count_frames", "-select_streams", "v:0"],
    ...["-show_streams", "-of", "json", file],
  ]);
  return (JSON.parse(stdout) as { streams: VideoFacts[] }).streams[0] as VideoFacts;
}

/** All frames as 8-bit luma planes. */
export async function lumaFrames(file: string, width: number, height: number): Promise<Buffer[]> {
  const { stdout } = await run(
    "ffmpeg",
    ["-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
    { encoding: "buffer", maxBuffer: 1024 * 1024 * 1024 },
  );
  const bytes = width * height;
  const frames = Math.floor(stdout.length / bytes);
  return Array.from({ length: frames }, (_, i) => stdout.subarray(i * bytes, (i + 1) * bytes));
}

/** Root of the mean squared difference of two planes, in levels of 0 to 255. */
export function rmsDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum / a.length);
}

/** Whether the moov atom stands before the media data, so that a player can begin at once. */
export function isFastStart(file: Uint8Array): boolean {
  const text = Buffer.from(file);
  const moov = text.indexOf("moov");
  return moov > 0 && moov < text.indexOf("mdat");
}
