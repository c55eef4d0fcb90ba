/**
 * Frames from a renderer to ffmpeg by a socket and by gRPC: both give the same files, and a fault
 * of one side is told from a fault of the other.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import type { OutputRequest } from "../core/output/spec.js";
import { packagePath } from "../kit/process/package-path.js";
import type { EncodeRequest, FrameFormat } from "../services/encode/encoder.js";
import { ENCODERS } from "../services/encode/encoders.js";
import { encodeRequest } from "../testing/encode/encode-run.js";
import { SMALL } from "../testing/encode/i420-frames.js";
import { type MadeRenderer, startMadeRenderer } from "../testing/encode/made-renderer.js";
import { type ClipPull, pullClip } from "../testing/encode/pull-clip.js";
import { eventually } from "../testing/eventually.js";
import { commandLine, descendants } from "../testing/process-facts.js";

const SOFTWARE = ENCODERS.filter(({ hardware }) => !hardware);
/** More bytes than a socket holds, so that a renderer waits for ffmpeg. */
const LARGE: FrameFormat = { ...SMALL, width: 1280, height: 720, frames: 40 };
const WAYS = ["socket", "grpc"] as const;

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

function requestFor(...outputs: OutputRequest[]) {
  return async (format: FrameFormat): Promise<EncodeRequest> => {
    const made = await encodeRequest(format, outputs, SOFTWARE);
    folders.push(made.folder);
    return made;
  };
}

async function withRenderer(
  format: FrameFormat,
  options: Parameters<typeof startMadeRenderer>[1],
  use: (address: string, renderer: MadeRenderer) => Promise<void>,
): Promise<void> {
  const renderer = await startMadeRenderer(format, options);
  try {
    await use(renderer.server.address, renderer);
  } finally {
    await renderer.server.close(0);
  }
}

/** The ffmpeg that reads raw frames. */
function ffmpegPid(): Promise<number> {
  return eventually("ffmpeg runs", async () => {
    for (const { pid } of await descendants(process.pid)) {
      if (/^ffmpeg.*rawvideo/.test(await commandLine(pid).catch(() => ""))) return pid;
    }
    return undefined;
  });
}

/** Lets the encode start, then does something to its ffmpeg. */
async function strike(pull: ClipPull, signal: NodeJS.Signals) {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const encoded = pullClip({ ...pull, report: begin });
  encoded.catch(() => {});
  await begun;
  process.kill(await ffmpegPid(), signal);
  return encoded;
}

test("both ways give the same files, a GIF of two passes and a picture of a largest size among them", async () => {
  const outputs: OutputRequest[] = [
    {},
    { container: "gif" },
    { container: "webp", maxSizeBytes: 60_000 },
    { container: "png-zip" },
  ];
  const files = await Promise.all(
    WAYS.map(async (framesBy) => {
      const found: string[] = [];
      const reports: number[] = [];
      const paths: (string | undefined)[] = [];
      await withRenderer(SMALL, {}, async (address, renderer) => {
        const encoded = await pullClip({
          ...{ address, framesBy, request: requestFor(...outputs) },
          report: (fraction) => reports.push(fraction),
          onStart: (path) => paths.push(path),
        });
        for (const { path, output } of encoded) {
          const file = output.codec === "png" ? `${path}/00012.png` : path;
          found.push((await readFile(file)).toString("base64"));
        }
        assert.equal(renderer.reports.at(-1), 1);
      });
      const [socketPath] = paths;
      assert.equal(socketPath !== undefined, framesBy === "socket");
      assert.ok(!socketPath || !existsSync(dirname(socketPath)), "nothing is left of the socket");
      assert.deepEqual(
        reports,
        Array.from(reports, (_, i) => (i + 1) / SMALL.frames),
      );
      assert.equal(reports.length, SMALL.frames);
      return found;
    }),
  );
  assert.equal(files[0]?.length, outputs.length);
  assert.deepEqual(files[0], files[1]);
});

for (const framesBy of WAYS) {
  test(`by ${framesBy}: an ffmpeg that is killed is a crash of the encoder`, async () => {
    await withRenderer(LARGE, {}, async (address) => {
      const encoded = strike({ address, framesBy, request: requestFor({}) }, "SIGKILL");
      await assert.rejects(encoded, { reason: "ENCODER_CRASHED" });
    });
  });

  test(`by ${framesBy}: an ffmpeg that hangs is killed as stalled`, async () => {
    await withRenderer(LARGE, {}, async (address) => {
      const pull = { address, framesBy, request: requestFor({}), stallMs: 1_000 };
      await assert.rejects(strike(pull, "SIGSTOP"), { reason: "STAGE_STALLED" });
    });
  });

  test(`by ${framesBy}: an encoder that cannot begin is told as such`, async () => {
    await withRenderer(LARGE, {}, async (address) => {
      const request = async (format: FrameFormat) => {
        const made = await requestFor({})(format);
        const [planned] = made.outputs;
        assert.ok(planned);
        const encoder = { name: "libnothing", codec: "h264" as const };
        return { ...made, outputs: [{ ...planned, encoder }] };
      };
      const encoded = pullClip({ address, framesBy, request });
      await assert.rejects(encoded, { reason: "CODEC_UNAVAILABLE" });
    });
  });

  test(`by ${framesBy}: a renderer that hangs is a lost source`, async () => {
    const still = { ...SMALL, width: 16, height: 16 };
    await withRenderer(still, { drawn: 5 }, async (address) => {
      const pull = { address, framesBy, request: requestFor({ codec: "ffv1", container: "mkv" }) };
      const encoded = pullClip({ ...pull, stallMs: 1_000 });
      await assert.rejects(encoded, { reason: "FRAME_SOURCE_LOST" });
    });
  });

  test(`by ${framesBy}: a renderer that is killed is a lost source, although ffmpeg then ends without an error`, async () => {
    const program = packagePath("dist", "testing", "encode", "made-renderer-process.js");
    const renderer = spawn(process.execPath, [program, "5"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [address] = (await once(createInterface({ input: renderer.stdout }), "line")) as [string];
    const report = (fraction: number) => {
      if (fraction >= 5 / SMALL.frames) renderer.kill("SIGKILL");
    };
    const encoded = pullClip({ address, framesBy, request: requestFor({}), report });
    await assert.rejects(encoded, { reason: "FRAME_SOURCE_LOST" });
  });

  test(`by ${framesBy}: a newer pull ends the older one and gets the whole clip`, async () => {
    await withRenderer(LARGE, {}, async (address) => {
      const request = requestFor({});
      let newer: Promise<unknown> | undefined;
      const begin = () => {
        newer ??= pullClip({ address, framesBy, request });
      };
      const older = pullClip({ address, framesBy, request, report: begin });
      await assert.rejects(older, { reason: "PULL_SUPERSEDED" });
      await newer;
    });
  });

  test(`by ${framesBy}: an abort ends ffmpeg and the pull with its reason`, async () => {
    await withRenderer(LARGE, {}, async (address, { scenes }) => {
      const stop = new AbortController();
      const reason = new Error("the lease is lost");
      const report = () => stop.abort(reason);
      const pull = { address, framesBy, request: requestFor({}), report, signal: stop.signal };
      await assert.rejects(pullClip(pull), reason);
      const running = await descendants(process.pid);
      assert.ok(
        running.every(({ name }) => name !== "ffmpeg"),
        "no ffmpeg is left",
      );
      scenes.remove("made", 1);
    });
  });
}

test("auto takes the socket, and a renderer without it gives bands", async () => {
  for (const [renderer, expected] of [
    ["auto", true],
    ["grpc", false],
  ] as const) {
    await withRenderer(SMALL, { framesBy: renderer }, async (address) => {
      let socketPath: string | undefined;
      const request = requestFor({});
      await pullClip({
        address,
        framesBy: "auto",
        request,
        onStart: (path) => (socketPath = path),
      });
      assert.equal(socketPath !== undefined, expected);
    });
  }
});
