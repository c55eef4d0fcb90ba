/** docs/commands.md: every command with its arguments and options, from the command itself. */
import type { Command } from "commander";
import { createProgram } from "../cli/program.js";
import { NOTICE, table } from "./docs-table.js";

export function commandsPage(): string {
  return [
    "# Commands",
    NOTICE,
    "`depthmesh COMMAND --help` prints the same text. [parameters.md](parameters.md) has the range and the default of every" +
      " option that sets a parameter of a job. A command that needs a mesh uses the one at `--address`, or a mesh that runs on" +
      " this machine. `convert` and `depth` start a mesh for the call if there is none.",
    ...createProgram().commands.flatMap((command) => section(command, "depthmesh")),
  ].join("\n\n");
}

function section(command: Command, parent: string): string[] {
  const name = `${parent} ${command.name()}`;
  if (command.commands.length > 0) {
    const inner = command.commands.flatMap((each) => section(each, name));
    return [`## \`${name}\``, sentence(command.description()), ...inner];
  }
  const usage = `${name} ${command.usage()}`.replace("[options] ", "").replace("[options]", "");
  const level = parent === "depthmesh" ? "##" : "###";
  const { options } = command;
  return [
    `${level} \`${usage.trim()}\``,
    sentence(command.description()),
    ...(options.length === 0
      ? []
      : [
          table(
            ["option", "meaning"],
            options.map(({ flags, description }) => [`\`${flags}\``, description]),
          ),
        ]),
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}
