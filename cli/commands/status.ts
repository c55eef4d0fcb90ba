/** `depthmesh status`: whether a mesh runs, and what it has to do. */
import type { Command } from "commander";
import { sizeText } from "../../core/quantity-text.js";
import { runningMeshes } from "../../launcher/mesh-file.js";
import { type KeyOptions, withKeyFile } from "../caller-key.js";
import { addChannelOptions, type ChannelArguments } from "../channel-options.js";
import { addressOption, clientOptions, withAdminAddress } from "../connect.js";
import { dataFolder } from "../data-folder.js";
import { type FolderFacts, folderFacts } from "../folder-size.js";
import { adminAddressIn, givenAddresses, localMesh } from "../mesh-clients.js";
import { type MeshStatus, meshStatus, type QueueLine } from "../mesh-status.js";
import { JSON_HELP, print, printJson } from "../print.js";
import { tableLines } from "../table.js";
import { WORKER_COLUMNS } from "../worker-line.js";

interface StatusOptions extends KeyOptions, ChannelArguments {
  readonly address?: string;
  readonly adminAddress?: string;
  readonly json?: boolean;
}

/** As service managers have it: the program is not running. */
const NOT_RUNNING_EXIT = 3;

export function addStatus(program: Command): void {
  const command = program
    .command("status")
    .description(
      "say whether a mesh is running: its processes, queues, jobs, disk, and what is wrong",
    )
    .addOption(addressOption("gateway to ask (default: every mesh of this machine)"));
  addChannelOptions(withKeyFile(withAdminAddress(command)))
    .option("--json", JSON_HELP)
    .action(status);
}

async function status({ json, ...options }: StatusOptions): Promise<void> {
  const local = runningMeshes();
  const given = givenAddresses(options);
  const asked = given
    ? [{ ...given, mesh: localMesh(given) }]
    : local.map((mesh) => ({ ...mesh, mesh }));
  const meshes = await Promise.all(
    asked.map(({ mesh, ...at }) =>
      meshStatus(
        at.grpc ?? mesh?.grpc ?? "",
        adminAddressIn(at),
        mesh,
        clientOptions(options, mesh),
      ),
    ),
  );
  const isRunning = meshes.some(({ state, refused }) => state === "serving" || refused);
  if (!isRunning) process.exitCode = NOT_RUNNING_EXIT;
  else if (meshes.every(({ refused }) => refused)) process.exitCode = 1;
  const data = await folderFacts(dataFolder(undefined));
  if (json) return printJson({ running: isRunning, meshes, data });
  for (const mesh of meshes) showMesh(mesh);
  if (meshes.length > 0) return;
  print("no mesh is running on this machine; depthmesh up starts one");
  print(`data      ${dataText(data)}`);
}

const QUEUES = [
  { title: "QUEUE", cell: ({ stage }: QueueLine) => stage },
  { title: "PRIORITY", cell: ({ priority }: QueueLine) => priority },
  { title: "WAITING", cell: ({ waiting }: QueueLine) => String(waiting), alignRight: true },
  { title: "IN WORK", cell: ({ inWork }: QueueLine) => String(inWork), alignRight: true },
];

function showMesh(mesh: MeshStatus): void {
  const {
    gateway,
    admin,
    studio,
    state,
    version,
    pid,
    natsConnected,
    data,
    workers,
    queues,
    jobs,
  } = mesh;
  const process = pid === null ? "" : `, process ${pid}`;
  // Only the admin port was given, of a mesh on another machine.
  const at = gateway === "" ? "" : `${gateway}  `;
  print(`gateway   ${at}${state}${version ? `, version ${version}` : ""}${process}`);
  print(`admin     ${admin}`);
  if (studio !== null) print(`studio    ${studio}`);
  if (natsConnected !== null) print(`nats      ${natsConnected ? "connected" : "away"}`);
  if (data) print(`data      ${dataText(data)}`);
  const counts = Object.entries(jobs).map(([name, count]) => `${count} ${name}`);
  // A gateway that has told nothing has not said that there are none.
  if (state === "serving") print(`jobs      ${counts.join(", ") || "none"}`);
  for (const problem of mesh.problems) print(`problem   ${problem}`);
  if (workers.length > 0) printTable(tableLines(WORKER_COLUMNS, workers));
  if (queues.length === 0) return;
  const busy = queues.filter(({ waiting, inWork }) => waiting + inWork > 0);
  // Nine lines of zeros tell less than one.
  if (busy.length === 0) print("\nall queues are empty");
  else printTable(tableLines(QUEUES, busy));
}

function printTable(lines: readonly string[]): void {
  print("");
  for (const line of lines) print(line);
}

function dataText({ folder, bytes, freeBytes }: FolderFacts): string {
  return `${folder}  ${sizeText(bytes)}, ${sizeText(freeBytes)} free`;
}
