/** `depthmesh depth`: writes the depth map of one photo. */
import { type Command, Option } from "commander";
import type { JobFiles } from "../../client/job-files.js";
import { COLORMAPS, type Colormap } from "../../core/depthmap/colormap.js";
import { chunksOf, collect } from "../../kit/rpc/chunks.js";
import { ArtifactKind, type JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { type Connection, withConnection, withMesh } from "../connect.js";
import {
  DEPTH_FORMATS,
  type DepthFormat,
  depthFormat,
  depthOutput,
  toDepthFile,
} from "../depth-file.js";
import {
  addDepthMapOptions,
  announceDepthMap,
  type DepthMapOptions,
  polarityNote,
} from "../depth-map-option.js";
import { assertFilesReadable, assertOutputsWritable } from "../files.js";
import { addHelpPages } from "../help.js";
import { addSetOption, toSpec } from "../options.js";
import { type Assignment, DEPTH_PARAMETER_NAMES, parameterHelp } from "../parameter-option.js";
import { print, showBetterModel, showNotes } from "../print.js";
import { progressView } from "../progress.js";
import { runJob } from "../run-job.js";
import { writeWhole } from "../write-file.js";

interface DepthOptions extends DepthMapOptions {
  readonly output?: string;
  readonly model?: string;
  readonly degrade?: boolean;
  readonly set?: readonly Assignment[];
  readonly format?: DepthFormat;
  readonly colormap?: Colormap;
  readonly address?: string;
  readonly data?: string;
}

export function addDepth(program: Command): void {
  const command = addDepthMapOptions(
    addSetOption(
      program
        .command("depth")
        .description("estimate the depth map of a photo")
        .argument("<photo>", "photo: JPEG, PNG, WebP, AVIF, HEIC, GIF or TIFF")
        .option(
          "-o, --output <file>",
          "file or folder to write; the extension selects the format: .png .pfm .npy (default: PHOTO-depth.png beside the photo)",
        )
        .option("--model <name>", "depth model; `depthmesh models ls` lists them (default: auto)")
        .option(
          "--no-degrade",
          "fail if the map cannot be made as requested, instead of using a fallback",
        ),
      DEPTH_PARAMETER_NAMES,
    ),
  )
    .addOption(
      new Option(
        "--format <word>",
        "16-bit PNG, or float32 in [0, 1] as PFM or NumPy (default: by the file extension)",
      ).choices(DEPTH_FORMATS),
    )
    .addOption(
      new Option("--colormap <word>", "write a colored 8-bit PNG for viewing").choices(COLORMAPS),
    );
  withConnection(command);
  addHelpPages(command, {
    common: ["output", "model", "set", "depth-map", "colormap", "help"],
    examples: [
      ["depthmesh depth photo.jpg", "makes photo-depth.png: 16 bits, white is near"],
      ["depthmesh depth photo.jpg -o look.png --colormap spectrum", "to look at"],
      ["depthmesh depth photo.jpg -o depth.npy", "float32 for programs"],
    ],
    appendix: () => parameterHelp(DEPTH_PARAMETER_NAMES),
  });
  command.action(async (photo: string, options: DepthOptions) => {
    const request = await prepare(photo, options);
    const about = polarityNote(options);
    if (about !== undefined) process.stderr.write(`${about}\n`);
    await withMesh(options, (connection) => depth(connection, request, options.colormap));
  });
}

interface DepthArguments {
  readonly spec: JobSpec;
  readonly files: JobFiles<string>;
  readonly output: string;
  readonly format: DepthFormat;
}

/** Checks everything that can be checked before a mesh is contacted. */
async function prepare(photo: string, options: DepthOptions): Promise<DepthArguments> {
  const { colormap, depthMap } = options;
  const output = depthOutput(options.output, photo, options.format);
  const format = depthFormat(options.format, output, colormap);
  const files = { photo, depthMap };
  await assertFilesReadable(files);
  const spec = toSpec(options);
  spec.artifacts = [ArtifactKind.ARTIFACT_KIND_DEPTH];
  announceDepthMap(spec, options);
  await assertOutputsWritable([output], [photo, depthMap]);
  return { spec, files, output, format };
}

async function depth(
  connection: Connection,
  { spec, files, output, format }: DepthArguments,
  colormap: Colormap | undefined,
): Promise<void> {
  const { client, signal } = connection;
  const view = progressView();
  try {
    const job = await runJob(connection, { spec, files }, { onProgress: view.show });
    const read = await client.readArtifact(`${job.name}/artifacts/depth.png`, signal);
    const file = await toDepthFile(await collect(read.chunks), format, colormap);
    await writeWhole(output, chunksOf(file));
    view.close();
    showNotes(job);
    print(
      `${output}: ${read.artifact.width}×${read.artifact.height}, ${kindText(format, colormap)}`,
    );
    showBetterModel([job]);
  } finally {
    view.close();
  }
}

function kindText(format: DepthFormat, colormap: Colormap | undefined): string {
  if (colormap !== undefined) return `colored with ${colormap}`;
  return format === "png16" ? "16-bit, white is near" : "float32, 1 is near";
}
