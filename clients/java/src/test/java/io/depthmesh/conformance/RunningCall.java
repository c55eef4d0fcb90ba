package io.depthmesh.conformance;

import java.util.concurrent.Semaphore;

/** A call that runs: its thread, and how many items it may still take. */
final class RunningCall {
  private static final int ALL = 1_000_000_000;

  final int id;
  final Semaphore permits;
  Thread thread;

  RunningCall(int id, boolean isPaced) {
    this.id = id;
    this.permits = new Semaphore(isPaced ? 0 : ALL);
  }

  /** The call is paced no longer. */
  void run() {
    permits.release(ALL);
  }
}
