/** `depthmesh encoders`: what a mesh can make, as its workers have measured it. */
import type { Command } from "commander";
import type { Encoder, OutputFormat } from "../../proto/gen/depthmesh/v1/catalog_service.js";
import { withMesh } from "../connect.js";
import { print } from "../print.js";

interface EncodersOptions {
  readonly address?: string;
  readonly data: string;
}

export function addEncoders(program: Command): void {
  program
    .command("encoders")
    .description("list the containers and codecs, and the encoders that work here")
    .option(
      "--address <host:port>",
      "gateway to use; without it a running mesh or one for the call",
    )
    .option("--data <folder>", "data folder of a mesh started for the call", ".depthmesh")
    .action((options: EncodersOptions) =>
      withMesh(options, async ({ client }) => {
        const { formats, encoders } = await client.listEncoders();
        for (const format of formats) print(formatLine(format));
        print("");
        for (const encoder of encoders) print(encoderLine(encoder));
        if (encoders.length === 0) print("no encode worker has tried its encoders yet");
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
  const found = works ? `${framesPerSecond.toFixed(0)} frames/s in the trial` : failure;
  return `${works ? "ok" : "--"}  ${name.padEnd(12)} ${codec.padEnd(7)} ${found}  ${worker}`;
}
