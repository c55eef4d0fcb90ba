package io.depthmesh.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Waits between the tries of a stream that broke: what the server asks for, or twice as long each
 * time, with jitter, so that callers who lost one server do not come back together.
 */
final class Pauses {
  private static final Duration FIRST = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(10);
  private static final int TRIES = 30;

  private int tries;

  /** The stream has got on. */
  void reset() {
    tries = 0;
  }

  /** Throws the cause when the tries are used up. */
  void waitAfter(DepthmeshException cause) {
    if (tries >= TRIES) throw cause;
    Duration doubled = FIRST.multipliedBy(1L << Math.min(tries, 10));
    tries++;
    Duration delay = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
    if (!cause.retryDelay().isZero()) delay = cause.retryDelay();
    long millis = delay.toMillis();
    try {
      Thread.sleep(millis / 2 + ThreadLocalRandom.current().nextLong(millis + 1));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw cause;
    }
  }
}
