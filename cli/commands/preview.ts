/** `depthmesh preview`: pictures of a photo or of a job at once, without a job of their own. */
import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { uploadFile } from "../../client/upload-file.js";
import { DepthmeshError } from "../../core/errors.js";
import { sizeText } from "../../core/quantity-text.js";
import {
  PreviewFormat,
  type PreviewOptions,
  type PreviewPicture,
  type PreviewSource,
} from "../../proto/gen/depthmesh/v1/preview_service.js";
import type { JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import {
  type Connection,
  type ConnectOptions,
  jobName,
  withConnection,
  withMesh,
} from "../connect.js";
import { assertOutputsWritable, assertReadable } from "../files.js";
import { addSetOption, count, presetOption, toSpec } from "../options.js";
import { ASSIGNABLE_NAMES, type Assignment } from "../parameter-option.js";
import { POSTER_EXTENSIONS, pictureFormatOf } from "../poster-option.js";
import { print } from "../print.js";
import { writeWhole } from "../write-file.js";

interface Options extends ConnectOptions {
  readonly output: string;
  readonly preset?: string;
  readonly set?: readonly Assignment[];
  readonly longestSide?: number;
  readonly pictureQuality?: number;
}

interface StillOptions extends Options {
  readonly tau: number;
}

const FORMATS = {
  png: PreviewFormat.PREVIEW_FORMAT_PNG,
  jpeg: PreviewFormat.PREVIEW_FORMAT_JPEG,
  webp: PreviewFormat.PREVIEW_FORMAT_WEBP,
} as const;

/** Parameters that change a picture. */
const NAMES = ASSIGNABLE_NAMES.filter((name) => !/^(outputs|stills|cache_policy)/.test(name));

export function addPreview(program: Command): void {
  const preview = program
    .command("preview")
    .description("make pictures of a photo or of a job at once, without making a video");
  const still = withPictureOptions(
    preview.command("still").description("make one moment of the clip as a picture"),
    "854",
  )
    .addOption(presetOption())
    .option("--tau <value>", "moment of the clip, as a fraction of its length", moment, 0.5);
  withConnection(still).action((photo: string, options: StillOptions) =>
    withSource(photo, options, async ({ client, signal }, shared) => {
      const { picture } = await client.renderStill({ ...shared, tau: options.tau }, signal);
      return picture;
    }),
  );
  const sheet = withPictureOptions(
    preview.command("sheet").description("make one picture with a still of every preset"),
    "1440",
  );
  withConnection(sheet).action((photo: string, options: Options) =>
    withSource(photo, options, async ({ client, signal }, shared) => {
      const { picture } = await client.renderContactSheet(shared, signal);
      return picture;
    }),
  );
}

function withPictureOptions(command: Command, side: string): Command {
  const described = command
    .argument("<photo>", "photo, or a job whose photo and depth map are taken")
    .requiredOption(
      "-o, --output <file>",
      `file to write; its extension selects the format: ${POSTER_EXTENSIONS}`,
    )
    .option(
      "--longest-side <pixels>",
      `longest side of the picture, 64 to 1920 (default ${side})`,
      count(64, 1920),
    )
    .option("--picture-quality <value>", "of JPEG and WebP, 1 to 100 (default 80)", count(1, 100));
  return addSetOption(described, NAMES, "`depthmesh parameters`");
}

function moment(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  throw new DepthmeshError(
    "PARAMETER_OUT_OF_RANGE",
    `--tau is ${text.slice(0, 64)}; it must be a number from 0 to 1`,
  );
}

interface Shared {
  readonly source: PreviewSource;
  readonly spec: JobSpec | undefined;
  readonly options: PreviewOptions;
}

type Draw = (connection: Connection, shared: Shared) => Promise<PreviewPicture | undefined>;

/** Draws and writes a picture of a photo's file, or of a job. */
async function withSource(photo: string, options: Options, draw: Draw): Promise<void> {
  // Zero is the default of the server.
  const { output, longestSide = 0, pictureQuality: quality = 0 } = options;
  const format = FORMATS[pictureFormatOf(output, "--output")];
  const isFile = await stat(photo).then(
    () => true,
    () => false,
  );
  if (isFile || /[./\\]/.test(photo.replace(/^jobs\//, ""))) await assertReadable(photo);
  await assertOutputsWritable([output], [isFile ? photo : undefined]);
  const spec = specOf(options);
  await withMesh(options, async (connection) => {
    const { client, signal } = connection;
    await connection.untilServing();
    const source: PreviewSource["kind"] = isFile
      ? { $case: "upload", value: (await uploadFile(client, photo, { signal })).name }
      : { $case: "job", value: jobName(photo) };
    const shared = { source: { kind: source }, spec, options: { longestSide, format, quality } };
    const picture = await draw(connection, shared);
    if (!picture) throw new DepthmeshError("INTERNAL", "the mesh sent no picture");
    await writeWhole(output, [picture.data]);
    const { width, height, data } = picture;
    print(`${output}: ${width}×${height}, ${sizeText(data.length)}`);
  });
}

/** Undefined: that of the job, or the default one. */
function specOf({ preset, set }: Options): JobSpec | undefined {
  if (preset === undefined && set === undefined) return undefined;
  return toSpec({ ...(preset !== undefined && { preset }), ...(set && { set }) });
}
