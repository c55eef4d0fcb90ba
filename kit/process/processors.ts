/**
 * How many processors this process may use. A container's limit of processor time is a quota of
 * its cgroup, which Node 20, onnxruntime, llvmpipe and ffmpeg do not read: each would start a
 * thread for every processor of the machine, and all of them would stand still together once the
 * quota of a period is used.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

/** The processors of the machine, or the container's limit, rounded up, if it is less. */
export function usableProcessors(root = "/"): number {
  return limitedProcessors(root) ?? availableParallelism();
}

/**
 * The container's limit, rounded up; undefined where none is below the processors of the machine:
 * libraries then choose by what they know about these. `root` is the folder that has `proc`.
 */
export function limitedProcessors(root = "/", ofMachine = availableParallelism()) {
  const quota = processorQuota(root);
  if (quota === undefined) return undefined;
  const limit = Math.max(1, Math.ceil(quota));
  return limit < ofMachine ? limit : undefined;
}

/**
 * The smallest quota of the cgroups that hold this process, of version 1 and 2, in processors;
 * undefined where there is none.
 */
export function processorQuota(root = "/"): number | undefined {
  const mounts = read(root, "proc/self/mountinfo").split("\n").map(parseMount);
  const groups = read(root, "proc/self/cgroup").split("\n").map(parseGroup);
  const quotas = groups.flatMap((group) => {
    const version = group && versionOf(group);
    const mount = version && mounts.find((one) => one !== undefined && version.isMount(one));
    if (!mount) return [];
    return foldersUp(mount, group.path).map((folder) => version.quotaOf(root, folder));
  });
  const set = quotas.filter((quota) => quota !== undefined);
  return set.length > 0 ? Math.min(...set) : undefined;
}

interface Mount {
  /** Path in the hierarchy of cgroups that is mounted. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

interface Group {
  readonly controllers: readonly string[];
  readonly path: string;
}

interface Version {
  isMount(mount: Mount): boolean;
  /** In processors. */
  quotaOf(root: string, folder: string): number | undefined;
}

const VERSION_1: Version = {
  isMount: ({ type, options }) => type === "cgroup" && options.includes("cpu"),
  quotaOf: (root, folder) =>
    share(
      read(root, join(folder, "cpu.cfs_quota_us")).trim(),
      read(root, join(folder, "cpu.cfs_period_us")).trim(),
    ),
};

const VERSION_2: Version = {
  isMount: ({ type }) => type === "cgroup2",
  quotaOf: (root, folder) => {
    const [quota, period] = read(root, join(folder, "cpu.max")).trim().split(" ");
    return share(quota, period);
  },
};

function versionOf({ controllers }: Group): Version | undefined {
  if (controllers.includes("cpu")) return VERSION_1;
  // Version 2 has one hierarchy for all, and names no controllers.
  return controllers.join("") === "" ? VERSION_2 : undefined;
}

/** `max` and -1 stand for no quota. */
function share(quota = "", period = ""): number | undefined {
  const value = Number(quota) / Number(period);
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

/** proc_pid_mountinfo(5). */
function parseMount(line: string): Mount | undefined {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , root, point] = before.split(" ");
  const [type, , options] = after.split(" ");
  if (root === undefined || point === undefined || type === undefined) return undefined;
  return { root: plain(root), point: plain(point), type, options: options?.split(",") ?? [] };
}

/** The kernel writes blanks and backslashes of paths in octal. */
const plain = (path: string) =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );

/** cgroups(7): `ID:CONTROLLERS:PATH`. */
function parseGroup(line: string): Group | undefined {
  const { controllers = "", path } =
    /^\d+:(?<controllers>[^:]*):(?<path>.*)$/.exec(line)?.groups ?? {};
  return path === undefined ? undefined : { controllers: controllers.split(","), path };
}

/**
 * The folder of a cgroup and those of its parents as far as they are mounted, since each of them
 * limits. A container without a namespace of cgroups sees paths of the host, and has its own group
 * mounted at the point: that one is last.
 */
function foldersUp({ root, point }: Mount, path: string): readonly string[] {
  const within = root === "/" ? path : path.startsWith(`${root}/`) ? path.slice(root.length) : "";
  const names = within.split("/").filter((name) => name !== "");
  if (names.includes("..")) return [point];
  return Array.from({ length: names.length + 1 }, (_, up) =>
    join(point, ...names.slice(0, names.length - up)),
  );
}

/** Empty where there is no such file: other systems, and groups without the controller. */
function read(root: string, path: string): string {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return "";
  }
}
