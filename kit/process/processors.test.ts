/** The limit of a container by cgroup files as kernels write them, and by a real cgroup. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, constants, mkdir, mkdtemp, rm, rmdir, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { limitedProcessors, processorQuota, usableProcessors } from "./processors.js";

const run = promisify(execFile);

/** A folder with these files; the paths are those of a machine. */
async function machine(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "depthmesh-cgroup-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

const V2_MOUNT = "31 24 0:27 / /sys/fs/cgroup ro,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
const V1_MOUNTS = [
  "29 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
  "33 25 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:14 - cgroup cgroup rw,cpu,cpuacct",
].join("\n");

/** What the machine of these files limits to, in processors. */
const CASES: readonly (readonly [string, Readonly<Record<string, string>>, number | undefined])[] =
  [
    [
      "a container of version 2, in a namespace of cgroups",
      {
        "proc/self/mountinfo": V2_MOUNT,
        "proc/self/cgroup": "0::/\n",
        "sys/fs/cgroup/cpu.max": "150000 100000\n",
      },
      1.5,
    ],
    [
      "a pod whose container has no limit, but itself has one",
      {
        "proc/self/mountinfo": V2_MOUNT,
        "proc/self/cgroup": "0::/kubepods.slice/pod1/c1\n",
        "sys/fs/cgroup/kubepods.slice/pod1/c1/cpu.max": "max 100000\n",
        "sys/fs/cgroup/kubepods.slice/pod1/cpu.max": "200000 100000\n",
        "sys/fs/cgroup/kubepods.slice/cpu.max": "6400000 100000\n",
      },
      2,
    ],
    [
      "no limit",
      {
        "proc/self/mountinfo": V2_MOUNT,
        "proc/self/cgroup": "0::/user.slice\n",
        "sys/fs/cgroup/user.slice/cpu.max": "max 100000\n",
      },
      undefined,
    ],
    [
      "a group that lies above the namespace",
      {
        "proc/self/mountinfo": V2_MOUNT,
        "proc/self/cgroup": "0::/../other\n",
        "sys/fs/cgroup/cpu.max": "50000 100000\n",
      },
      0.5,
    ],
    [
      "version 1",
      {
        "proc/self/mountinfo": V1_MOUNTS,
        "proc/self/cgroup": "9:memory:/a\n4:cpu,cpuacct:/a/b\n0::/\n",
        "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us": "300000\n",
        "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
      },
      3,
    ],
    [
      "version 1 in a container that sees the paths of its host",
      {
        "proc/self/mountinfo":
          "33 25 0:29 /docker/c1 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n",
        "proc/self/cgroup": "4:cpu,cpuacct:/docker/c1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "25000\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "50000\n",
      },
      0.5,
    ],
    [
      "both versions, of which the other one has the controller",
      {
        "proc/self/mountinfo": `${V2_MOUNT.replace("cgroup ro", "cgroup/unified ro")}${V1_MOUNTS}`,
        "proc/self/cgroup": "4:cpu,cpuacct:/\n0::/x\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "100000\n",
        "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      },
      1,
    ],
    [
      "a mount point with a blank",
      {
        "proc/self/mountinfo": "31 24 0:27 / /sys/fs/c\\040g ro - cgroup2 cgroup2 rw\n",
        "proc/self/cgroup": "0::/\n",
        "sys/fs/c g/cpu.max": "400000 100000\n",
      },
      4,
    ],
    ["a system without cgroups", {}, undefined],
  ];

for (const [name, files, expected] of CASES) {
  test(`the quota of ${name} is ${expected}`, async () => {
    const root = await machine(files);
    assert.equal(processorQuota(root), expected);
    await rm(root, { recursive: true });
  });
}

test("a limit is rounded up, and counts only where it is below the machine's processors", async () => {
  const root = await machine({
    "proc/self/mountinfo": V2_MOUNT,
    "proc/self/cgroup": "0::/\n",
    "sys/fs/cgroup/cpu.max": "250000 100000\n",
  });
  assert.equal(limitedProcessors(root, 8), 3);
  assert.equal(limitedProcessors(root, 3), undefined);
  assert.equal(limitedProcessors(root, 2), undefined);
  await rm(root, { recursive: true });
  assert.equal(usableProcessors(join(root, "gone")), availableParallelism());
});

test("a process in a real cgroup with a quota sees it", async (t) => {
  const folder = await realGroup(`depthmesh-test-${process.pid}`);
  if (folder === undefined) {
    t.skip("no cgroup with the controller cpu can be made here");
    return;
  }
  try {
    const module = fileURLToPath(new URL("processors.js", import.meta.url));
    const program = `import(${JSON.stringify(module)}).then((m) => console.log(m.processorQuota(), m.limitedProcessors("/", 64)))`;
    const script = `echo $$ >${folder}/cgroup.procs && exec "$0" -e "$1"`;
    const { stdout } = await run("sh", ["-c", script, process.execPath, program]);
    assert.equal(stdout, "1.25 2\n");
  } finally {
    await rmdir(folder);
  }
});

/** Makes a cgroup of 1.25 processors, of the version that this machine has. */
async function realGroup(name: string): Promise<string | undefined> {
  const version1 = join("/sys/fs/cgroup/cpu", name);
  const version2 = join("/sys/fs/cgroup", name);
  for (const [folder, file, text] of [
    [version1, "cpu.cfs_quota_us", "125000"],
    [version2, "cpu.max", "125000 100000"],
  ] as const) {
    try {
      await mkdir(folder);
    } catch {
      continue;
    }
    try {
      await access(join(folder, file), constants.W_OK);
      await writeFile(join(folder, file), text);
      return folder;
    } catch {
      await rmdir(folder);
    }
  }
  return undefined;
}
