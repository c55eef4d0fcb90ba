/**
 * What is printed for a wrong command line: one line of usage, then the error, so that the error is
 * the last thing on the screen.
 */
import type { Command } from "commander";

/** Applies to the command and everything below it; call it when all commands exist. */
export function explainUsage(command: Command): void {
  command.showSuggestionAfterError(true).configureOutput({
    outputError: (text, write) => {
      write(`usage: ${usageOf(command)}   (--help explains)\n`);
      write(`${oneLine(text)}\n`);
    },
  });
  for (const inner of command.commands) explainUsage(inner);
}

function usageOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  return `${names.join(" ")} ${command.usage()}`;
}

/** Commander puts its suggestion on a line of its own, in brackets. */
function oneLine(text: string): string {
  return text.trim().replace(/\n\((Did you mean .*?)\)/, ". $1");
}
