/** Progress of one file's transfer: a bar on a terminal, a line each tenth elsewhere. */
import cliProgress from "cli-progress";

const MIB = 1024 * 1024;
const STEP = 0.1;

export interface TransferView {
  show(receivedBytes: number): void;
  close(): void;
}

export function transferView(
  label: string,
  totalBytes: number,
  output: NodeJS.WriteStream = process.stderr,
): TransferView {
  return output.isTTY ? bar(label, totalBytes, output) : lines(label, totalBytes, output);
}

const mib = (bytes: number) => (bytes / MIB).toFixed(1);

function bar(label: string, totalBytes: number, stream: NodeJS.WriteStream): TransferView {
  const format = `${label} {bar} {percentage} %, {received} of ${mib(totalBytes)} MiB, {eta_formatted} left`;
  const view = new cliProgress.SingleBar(
    { stream, format, hideCursor: true, barsize: 30, etaBuffer: 100 },
    cliProgress.Presets.shades_classic,
  );
  view.start(totalBytes, 0, { received: "0.0" });
  return {
    show: (bytes) => view.update(bytes, { received: mib(bytes) }),
    close: () => view.stop(),
  };
}

function lines(label: string, totalBytes: number, stream: NodeJS.WriteStream): TransferView {
  let told = 0;
  return {
    show: (bytes) => {
      const step = Math.floor(bytes / totalBytes / STEP);
      if (step <= told) return;
      told = step;
      stream.write(`${label} ${mib(bytes)} of ${mib(totalBytes)} MiB\n`);
    },
    close: () => {},
  };
}
