package io.depthmesh.conformance;

import com.google.gson.JsonObject;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Where received bytes go: counted, hashed, and written if a file is named. */
final class Sink implements Closeable {
  private final Path path;
  private MessageDigest hash = sha256();
  private long bytes;
  private OutputStream file;

  Sink(JsonObject with) throws IOException {
    path = with.has("file") ? Path.of(with.get("file").getAsString()) : null;
    if (path != null) file = Files.newOutputStream(path);
  }

  void write(byte[] chunk, int length) throws IOException {
    hash.update(chunk, 0, length);
    bytes += length;
    if (file != null) file.write(chunk, 0, length);
  }

  void clear() throws IOException {
    hash = sha256();
    bytes = 0;
    if (file == null) return;
    file.close();
    file = Files.newOutputStream(path);
  }

  JsonObject result() {
    JsonObject result = new JsonObject();
    result.addProperty("bytes", bytes);
    result.addProperty("sha256", HexFormat.of().formatHex(hash.digest()));
    return result;
  }

  @Override
  public void close() throws IOException {
    if (file != null) file.close();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
