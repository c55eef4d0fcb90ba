package io.depthmesh.client;

import io.depthmesh.v1.Upload;
import java.util.function.Consumer;

/**
 * Settings of an upload.
 *
 * @param name goes on with an upload that was begun earlier, also by another process; empty for a
 *     new one
 * @param requestId creates one upload only, however often it is called within 24 hours; or empty
 * @param partBytes how much one call writes; what it has written is durable
 * @param onProgress gets the upload when it exists and after each part
 */
public record UploadOptions(
    String name, String requestId, long partBytes, Consumer<Upload> onProgress) {
  public static final UploadOptions NONE =
      new UploadOptions("", "", 16L * 1024 * 1024, upload -> {});

  public UploadOptions {
    if (partBytes < 1) {
      throw new IllegalArgumentException("partBytes is " + partBytes + "; it must be at least 1");
    }
  }

  public UploadOptions withName(String upload) {
    return new UploadOptions(upload, requestId, partBytes, onProgress);
  }

  public UploadOptions withPartBytes(long bytes) {
    return new UploadOptions(name, requestId, bytes, onProgress);
  }

  public UploadOptions withProgress(Consumer<Upload> consumer) {
    return new UploadOptions(name, requestId, partBytes, consumer);
  }
}
