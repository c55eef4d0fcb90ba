/** The `curl` commands of a page, as it has them. */
import { readFileSync } from "node:fs";

/**
 * Commands in the indented blocks of a page, in their order, each with the lines that it goes on
 * over. Other lines of the blocks are left out.
 */
export function curlCommands(page: string): string[] {
  const lines = readFileSync(page, "utf8").split("\n");
  const commands: string[] = [];
  let isOpen = false;
  for (const line of lines) {
    if (isOpen) commands.push(`${commands.pop()}\n${line}`);
    else if (line.startsWith("    curl ")) commands.push(line.trim());
    else continue;
    isOpen = line.endsWith("\\");
  }
  return commands;
}
