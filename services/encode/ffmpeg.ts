/** One run of ffmpeg through fluent-ffmpeg: raw I420 in by a pipe, one file out. The only file that knows fluent-ffmpeg. */
import { PassThrough } from "node:stream";
import fluent from "fluent-ffmpeg";
import type { OutputSpec } from "../../core/job/spec.js";
import { DepthmeshError } from "../../kit/errors.js";
import { packagePath } from "../../kit/paths.js";
import type { FrameHeader } from "../../proto/gen/depthmesh/stage/v1/render_service.js";

const STDERR_TAIL_LINES = 20;

/** BT.709, limited range: what the renderer writes. Given to the input too, or the encoder would not believe it. */
const COLOR_OPTIONS = [
  "-color_primaries bt709",
  "-color_trc bt709",
  "-colorspace bt709",
  "-color_range tv",
];

export interface EncoderRun {
  /** Give bytes; resolves when there is room for more. Throws ENCODER_CRASHED. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more frames; resolves when the file is whole. Throws ENCODER_CRASHED. */
  finish(): Promise<void>;
  /** Kill it at once; its file is worthless. */
  kill(): Promise<void>;
}

export function startEncoder(
  header: FrameHeader,
  output: OutputSpec,
  file: string,
  threads: number,
): EncoderRun {
  const { width, height, frames, frameRateNumerator, frameRateDenominator } = header;
  const rate = `${frameRateNumerator}/${frameRateDenominator}`;
  const input = new PassThrough({ highWaterMark: 1024 * 1024 });
  const stderrTail: string[] = [];
  const command = fluent({ source: input })
    .setFfmpegPath(packagePath("services", "encode", "ffmpeg-guarded"))
    .inputFormat("rawvideo")
    .inputOptions(["-pix_fmt yuv420p", `-s ${width}x${height}`, `-r ${rate}`, ...COLOR_OPTIONS])
    .videoCodec("libx264")
    .outputOptions([
      "-preset veryfast",
      `-crf ${output.crf}`,
      `-threads ${threads}`,
      "-pix_fmt yuv420p",
      "-fps_mode cfr",
      `-r ${rate}`,
      `-frames:v ${frames}`,
      "-chroma_sample_location center",
      "-movflags +faststart",
      ...COLOR_OPTIONS,
    ])
    .noAudio()
    .format(output.container)
    .on("stderr", (line: string) => {
      stderrTail.push(line);
      if (stderrTail.length > STDERR_TAIL_LINES) stderrTail.shift();
    });
  const ended = new Promise<void>((resolve, reject) => {
    command.on("end", () => resolve());
    command.on("error", (error: Error) => {
      const cause = new Error(stderrTail.join("\n"), { cause: error });
      reject(new DepthmeshError("ENCODER_CRASHED", "the video encoder failed", { cause }));
    });
  });
  // Looked at by whoever writes or finishes; until then a crash is not unhandled.
  ended.catch(() => {});
  input.on("error", () => {});
  command.save(file);
  return {
    write: (bytes) => Promise.race([takes(input, bytes), ended]),
    finish: () => {
      input.end();
      return ended;
    },
    kill: () => {
      command.kill("SIGKILL");
      input.destroy();
      return ended.catch(() => {});
    },
  };
}

function takes(input: PassThrough, bytes: Uint8Array): Promise<void> {
  if (input.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => input.once("drain", resolve));
}

/** Let fluent-ffmpeg ask ffmpeg for its formats and encoders once, before the first job waits for it. */
export function probeEncoders(): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    fluent()
      .setFfmpegPath(packagePath("services", "encode", "ffmpeg-guarded"))
      .getAvailableEncoders((error, encoders) => {
        if (error)
          reject(new DepthmeshError("ENCODER_CRASHED", "ffmpeg cannot be run", { cause: error }));
        else resolve(Object.keys(encoders));
      });
  });
}
