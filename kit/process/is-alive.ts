/** Whether a process of this id runs on this host. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signaled, but lives.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
