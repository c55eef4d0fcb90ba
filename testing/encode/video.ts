/** Reads facts and frames of a video with ffprobe and ffmpeg. */
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
  readonly avg_frame_rate: string;
  readonly color_space: string;
  readonly color_transfer: string;
  readonly color_primaries: string;
  readonly color_range: string;
}

/** Facts of the video stream; the frames are counted by decoding them. */
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

/**
 * All frames of a file or of a pattern of numbered files, in a pixel format with `frameBytes` per
 * frame. `decoder` is ffmpeg's name of one that is not its first choice.
 */
export async function rawFrames(
  file: string,
  pixelFormat: string,
  frameBytes: number,
  filters = "null",
  decoder?: string,
): Promise<Buffer[]> {
  const { stdout } = await run(
    "ffmpeg",
    [
      ...["-v", "error", ...(decoder ? ["-c:v", decoder] : [])],
      ...["-i", file, "-fps_mode", "passthrough", "-f", "rawvideo"],
      ...[
        "-vf",
        filters,
        "-sws_flags",
        "bicubic+accurate_rnd+full_chroma_int",
        "-pix_fmt",
        pixelFormat,
        "-",
      ],
    ],
    { encoding: "buffer", maxBuffer: 1024 * 1024 * 1024 },
  );
  const frames = Math.floor(stdout.length / frameBytes);
  return Array.from({ length: frames }, (_, i) =>
    stdout.subarray(i * frameBytes, (i + 1) * frameBytes),
  );
}

/** Display time of each frame in seconds. */
export async function frameDelays(file: string): Promise<number[]> {
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-select_streams", "v:0"],
    ...["-show_entries", "packet=duration_time", "-of", "csv=p=0", file],
  ]);
  return stdout.trim().split("\n").map(Number.parseFloat);
}

/** Numbers of the key frames. */
export async function keyFrames(file: string): Promise<number[]> {
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-select_streams", "v:0"],
    ...["-show_entries", "frame=key_frame", "-of", "csv=p=0", file],
  ]);
  // The side data of a frame has its own line.
  const flags = stdout.split("\n").filter((line) => /^[01]/.test(line));
  return flags.flatMap((flag, frame) => (flag.startsWith("1") ? [frame] : []));
}

/** Root mean square difference of two 8-bit planes. */
export function rmsDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum / a.length);
}

/** Whether the moov atom comes before the media data, so that a player can start at once. */
export function isFastStart(file: Uint8Array): boolean {
  const text = Buffer.from(file);
  const moov = text.indexOf("moov");
  return moov > 0 && moov < text.indexOf("mdat");
}

/** Time stamps, flags, size and hash of each video packet, one line per packet. */
export async function videoPackets(file: string): Promise<string[]> {
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-select_streams", "v:0", "-show_packets", "-show_data_hash", "md5"],
    ...["-show_entries", "packet=pts_time,dts_time,size,flags,data_hash", "-of", "csv=p=0", file],
  ]);
  return stdout.trim().split("\n");
}

/** The warnings and errors of ffmpeg when it decodes the whole file. */
export async function decodeWarnings(file: string): Promise<string> {
  const { stderr } = await run("ffmpeg", ["-v", "warning", "-i", file, "-f", "null", "-"]);
  return stderr;
}
