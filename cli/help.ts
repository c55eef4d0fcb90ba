/**
 * The help of a command with many options: `--help` shows the common ones in groups, with examples;
 * `--help-all` shows every option and every parameter.
 */
import { type Command, CommanderError, Option } from "commander";

export interface HelpPage {
  /** Long names of the options that `--help` shows, without dashes; the others are in the rest. */
  readonly common: readonly string[];
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** What `--help-all` adds at its end. */
  readonly appendix?: () => string;
}

/** Call it when the command has all its options. */
export function addHelpPages(command: Command, page: HelpPage): Command {
  const { common, examples, appendix } = page;
  const rest = command.options.filter((option) => !common.includes(option.name()));
  for (const option of rest) option.hideHelp();
  let isWhole = false;
  command
    .addHelpOption(new Option("-h, --help", "show this help").helpGroup("Help:"))
    .optionsGroup("Help:")
    .option("--help-all", "show every option and parameter")
    .on("option:help-all", () => {
      isWhole = true;
      for (const option of rest) option.hideHelp(false);
      command.outputHelp();
      throw new CommanderError(0, "commander.help", "(outputHelp)");
    })
    .addHelpText("after", () => {
      if (isWhole) return appendix?.() ?? "";
      const more =
        rest.length > 0 ? `\n--help-all shows ${rest.length} more options and all parameters.` : "";
      return `\nExamples:\n${exampleLines(examples)}\n${more}`;
    });
  return command;
}

export function exampleLines(examples: HelpPage["examples"]): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`).join("\n");
}
