package io.depthmesh.client;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The first MP4 output of a job while it is encoded. A connection that breaks goes on at the byte
 * where it broke.
 */
public final class LiveVideo implements Iterator<LiveVideo.Part>, AutoCloseable {
  /**
   * A piece of the video. Where {@code attempt} is not empty, bytes of another attempt of the encode
   * follow, and those before, if any, are void: empty the file or the player's buffer.
   */
  public record Part(String attempt, byte[] bytes) {}

  private static final int BUFFER_BYTES = 256 * 1024;

  private final DepthmeshClient client;
  private final String job;
  private final Pauses pauses = new Pauses();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private ArtifactStream stream;
  private String attempt = "";
  private long offset;
  private Part next;
  private boolean ended;

  LiveVideo(DepthmeshClient client, String job) {
    this.client = client;
    this.job = job;
  }

  @Override
  public boolean hasNext() {
    while (next == null && !ended) {
      try {
        advance();
      } catch (DepthmeshException error) {
        stream = null;
        if (error.reason().equals("STREAM_RESTARTED")) {
          attempt = "";
          offset = 0;
        } else if (error.isConnectionLost()) {
          pauses.waitAfter(error);
        } else {
          ended = true;
          throw error;
        }
      }
    }
    return next != null;
  }

  private void advance() {
    if (stream == null) {
      stream = client.followFragments(job, offset, attempt);
      if (!stream.attempt().equals(attempt)) {
        attempt = stream.attempt();
        offset = 0;
        next = new Part(attempt, new byte[0]);
        return;
      }
    }
    int count = stream.read(buffer, 0, buffer.length);
    if (count < 0) {
      ended = true;
      return;
    }
    pauses.reset();
    offset += count;
    next = new Part("", java.util.Arrays.copyOf(buffer, count));
  }

  @Override
  public Part next() {
    if (!hasNext()) throw new NoSuchElementException();
    Part taken = next;
    next = null;
    return taken;
  }

  @Override
  public void close() {
    ended = true;
    if (stream != null) stream.close();
  }
}
