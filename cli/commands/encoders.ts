/**
 * `depthmesh encoders`: lists the formats of a mesh and the encoders that its workers have tested.
 */
import type { Command } from "commander";
import type { Encoder, OutputFormat } from "../../proto/gen/depthmesh/v1/catalog_service.js";
import { type ConnectOptions, withConnection, withMesh } from "../connect.js";
import { JSON_HELP, print, printJson } from "../print.js";

interface EncoderOptions extends ConnectOptions {
  readonly json?: boolean;
}

export function addEncoders(program: Command): void {
  const command = program
    .command("encoders")
    .description("list containers, codecs and the encoders that work in this mesh")
    .option("--json", JSON_HELP);
  withConnection(command).action((options: EncoderOptions) =>
    withMesh(options, async ({ client, untilServing }) => {
      await untilServing();
      const { formats, encoders } = await client.listEncoders();
      if (options.json) return printJson({ formats, encoders });
      for (const format of formats) print(formatLine(format));
      print("");
      for (const encoder of encoders) print(encoderLine(encoder));
      if (encoders.length === 0) print("no encode worker has tested its encoders yet");
    }),
  );
}

function formatLine(format: OutputFormat): string {
  const { available, container, codec, extension, defaultCrf, pixelFormats } = format;
  const mark = available ? "ok" : "--";
  const crf = defaultCrf === undefined ? "" : `crf ${defaultCrf}`;
  const names = [container.padEnd(8), extension.padEnd(6), codec.padEnd(7), crf.padEnd(7)];
  return `${mark}  ${names.join(" ")} ${pixelFormats.join(" ")}`;
}

function encoderLine({ works, name, codec, framesPerSecond, failure, worker }: Encoder): string {
  const found = works ? `${framesPerSecond.toFixed(0)} frames/s in its test` : failure;
  return `${works ? "ok" : "--"}  ${name.padEnd(12)} ${codec.padEnd(7)} ${found}  ${worker}`;
}
