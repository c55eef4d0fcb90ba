package io.depthmesh.client;

import com.google.protobuf.ByteString;
import io.depthmesh.v1.Artifact;
import io.depthmesh.v1.ReadArtifactResponse;
import java.io.InputStream;

/**
 * The bytes of an artifact, received as they are read. A read throws {@link DepthmeshException};
 * close it to end the call early.
 */
public final class ArtifactStream extends InputStream {
  private final ServerStream<ReadArtifactResponse> responses;
  private final ReadArtifactResponse first;
  private ByteString rest = ByteString.EMPTY;

  ArtifactStream(ServerStream<ReadArtifactResponse> responses) {
    this.responses = responses;
    this.first = responses.next();
  }

  /** Without name and size for fragments that are followed: they are not known yet. */
  public Artifact artifact() {
    return first.getArtifact();
  }

  /**
   * Names the attempt of the encode whose bytes these are; empty for a finished file. Bytes of
   * different attempts must never be joined.
   */
  public String attempt() {
    return first.getFollowed().getAttempt();
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    if (length == 0) return 0;
    while (rest.isEmpty()) {
      if (!responses.hasNext()) return -1;
      rest = responses.next().getChunk();
    }
    int count = Math.min(length, rest.size());
    rest.copyTo(into, 0, offset, count);
    rest = rest.substring(count);
    return count;
  }

  @Override
  public void close() {
    responses.close();
  }
}
