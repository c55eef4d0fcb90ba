/** docs/commands.md: every command with its arguments and options, from the command itself. */
import type { Command } from "commander";
import { createProgram } from "../cli/program.js";
import { NOTICE, table } from "./docs-table.js";

export function commandsPage(): string {
  return [
    "# Commands",
    NOTICE,
    "`depthmesh COMMAND --help` prints the same. An option that sets a parameter of a job has its range and default in" +
      " [parameters.md](parameters.md). Every command that talks to a mesh takes the one at `--address`, or a mesh that runs on" +
      " this machine; `convert` and `depth` start one for the call if there is none.",
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
