/** What the commands that talk to a running mesh have in common. */
import type { Command } from "commander";

export interface AddressOption {
  readonly address?: string;
}

export function withAddress(command: Command): Command {
  return command.option("--address <host:port>", "gateway to use instead of the running mesh");
}

/** Ids are accepted bare too. */
export function jobName(job: string): string {
  return job.startsWith("jobs/") ? job : `jobs/${job}`;
}
