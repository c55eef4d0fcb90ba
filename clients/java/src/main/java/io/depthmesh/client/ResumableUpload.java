package io.depthmesh.client;

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
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/**
 * Sends a file in parts and goes on after broken connections and a stopped gateway: only bytes that
 * the server has not committed are sent again.
 */
final class ResumableUpload {
  private final UploadServiceBlockingV2Stub stub;
  private final String name;
  private final Path file;
  private final LongConsumer onCommittedBytes;

  ResumableUpload(
      UploadServiceBlockingV2Stub stub, String name, Path file, LongConsumer onCommittedBytes) {
    this.stub = stub;
    this.name = name;
    this.file = file;
    this.onCommittedBytes = onCommittedBytes;
  }

  Upload run() throws IOException {
    String sha256 = sha256Of(file);
    Pauses pauses = new Pauses();
    long committed = -1;
    for (; ; ) {
      try {
        GetUploadRequest request = GetUploadRequest.newBuilder().setName(name).build();
        Upload upload = Calls.run(() -> stub.getUpload(request));
        if (upload.getFinished()) return upload;
        if (upload.getCommittedSizeBytes() > committed) pauses.reset();
        committed = upload.getCommittedSizeBytes();
        onCommittedBytes.accept(committed);
        Upload finished = writeRest(committed, sha256);
        onCommittedBytes.accept(finished.getCommittedSizeBytes());
        return finished;
      } catch (DepthmeshException error) {
        // Another call may have written since the offset was asked for.
        boolean mayGoOn =
            error.isConnectionLost() || error.reason().equals("UPLOAD_OFFSET_MISMATCH");
        if (!mayGoOn) throw error;
        pauses.waitAfter(error);
      }
    }
  }

  private Upload writeRest(long offset, String sha256) throws IOException {
    BlockingClientCall<WriteUploadRequest, Upload> call = stub.writeUpload();
    try (InputStream bytes = Files.newInputStream(file)) {
      bytes.skipNBytes(offset);
      WriteUploadHeader header =
          WriteUploadHeader.newBuilder().setName(name).setOffset(offset).build();
      FinishUpload finish = FinishUpload.newBuilder().setSha256(sha256).build();
      boolean isComplete =
          call.write(WriteUploadRequest.newBuilder().setHeader(header).build())
              && JobRequests.eachChunk(bytes, chunk -> call.write(dataOf(chunk.toByteArray())))
              && call.write(WriteUploadRequest.newBuilder().setFinish(finish).build());
      if (isComplete) call.halfClose();
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
            .setData(com.google.protobuf.UnsafeByteOperations.unsafeWrap(bytes))
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
