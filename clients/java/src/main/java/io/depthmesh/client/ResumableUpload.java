package io.depthmesh.client;

import com.google.protobuf.UnsafeByteOperations;
import io.depthmesh.v1.CreateUploadRequest;
import io.depthmesh.v1.FinishUpload;
import io.depthmesh.v1.GetUploadRequest;
import io.depthmesh.v1.Upload;
import io.depthmesh.v1.UploadData;
import io.depthmesh.v1.UploadServiceGrpc.UploadServiceBlockingV2Stub;
import io.depthmesh.v1.WriteUploadHeader;
import io.depthmesh.v1.WriteUploadRequest;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * Sends a file in parts and goes on after broken connections and a stopped gateway: only bytes that
 * the server has not committed are sent again.
 */
final class ResumableUpload {
  /** How often bytes that were damaged on their way are sent again. */
  private static final int RESENDS = 3;

  private final UploadServiceBlockingV2Stub stub;
  private final Path file;
  private final UploadOptions options;
  private final Pauses pauses = new Pauses();
  private String name;

  ResumableUpload(UploadServiceBlockingV2Stub stub, Path file, UploadOptions options) {
    this.stub = stub;
    this.file = file;
    this.options = options;
    this.name = options.name();
  }

  Upload run() throws IOException {
    long sizeBytes = Files.size(file);
    String sha256 = sha256Of(file);
    for (int damaged = 0; ; ) {
      try {
        return onward(sizeBytes, sha256);
      } catch (DepthmeshException error) {
        if (error.reason().equals("UPLOAD_CHECKSUM_MISMATCH") && damaged++ < RESENDS) continue;
        // Another call may have written since the offset was asked for.
        boolean isBehind = error.reason().equals("UPLOAD_OFFSET_MISMATCH");
        if (!isBehind && !error.isConnectionLost()) throw error;
        pauses.waitAfter(error);
      }
    }
  }

  /** Writes parts from where the server stands to the end. */
  private Upload onward(long sizeBytes, String sha256) throws IOException {
    Upload upload = current(sizeBytes);
    name = upload.getName();
    for (; ; ) {
      options.onProgress().accept(upload);
      if (upload.getFinished()) return upload;
      long offset = upload.getCommittedSizeBytes();
      boolean isLast = offset + options.partBytes() >= sizeBytes;
      upload = writePart(offset, isLast ? sha256 : null);
      pauses.reset();
      if (!upload.getFinished() && upload.getCommittedSizeBytes() == offset) {
        String ends = "%s ends at byte %d, but had %d bytes when its upload began";
        throw new EOFException(ends.formatted(file, offset, sizeBytes));
      }
    }
  }

  private Upload current(long sizeBytes) {
    if (!name.isEmpty()) {
      return Calls.run(() -> stub.getUpload(GetUploadRequest.newBuilder().setName(name).build()));
    }
    CreateUploadRequest request =
        CreateUploadRequest.newBuilder()
            .setSizeBytes(sizeBytes)
            .setRequestId(options.requestId())
            .build();
    return Calls.run(() -> stub.createUpload(request));
  }

  /** The hash is null unless the part is the last one. */
  private Upload writePart(long offset, String sha256) throws IOException {
    BlockingClientCall<WriteUploadRequest, Upload> call = stub.writeUpload();
    try (InputStream bytes = Files.newInputStream(file)) {
      bytes.skipNBytes(offset);
      WriteUploadHeader header =
          WriteUploadHeader.newBuilder().setName(name).setOffset(offset).build();
      boolean goesOn = call.write(WriteUploadRequest.newBuilder().setHeader(header).build());
      long left = options.partBytes();
      while (goesOn && left > 0) {
        byte[] chunk = bytes.readNBytes((int) Math.min(JobRequests.CHUNK_BYTES, left));
        if (chunk.length == 0) break;
        left -= chunk.length;
        goesOn = call.write(dataOf(chunk));
      }
      if (goesOn && sha256 != null) {
        FinishUpload finish = FinishUpload.newBuilder().setSha256(sha256).build();
        goesOn = call.write(WriteUploadRequest.newBuilder().setFinish(finish).build());
      }
      // The server may refuse before it has everything: then the answer says why.
      if (goesOn) call.halfClose();
      Upload answer = call.read();
      if (answer != null) return answer;
      throw Status.UNAVAILABLE.withDescription("the call ended without an answer").asException();
    } catch (StatusException error) {
      throw DepthmeshException.fromCall(error);
    } catch (InterruptedException interrupted) {
      call.cancel("interrupted", interrupted);
      throw Calls.interrupted(interrupted);
    } catch (IOException unreadable) {
      call.cancel("the file cannot be read", unreadable);
      throw unreadable;
    }
  }

  private static WriteUploadRequest dataOf(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    UploadData data =
        UploadData.newBuilder()
            .setData(UnsafeByteOperations.unsafeWrap(bytes))
            .setCrc32C((int) crc.getValue())
            .build();
    return WriteUploadRequest.newBuilder().setData(data).build();
  }

  private static String sha256Of(Path file) throws IOException {
    try (InputStream bytes = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[JobRequests.CHUNK_BYTES];
      for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
        digest.update(buffer, 0, count);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
