/** A line of what a command was asked for. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
