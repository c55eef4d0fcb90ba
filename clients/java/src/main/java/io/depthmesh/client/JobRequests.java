package io.depthmesh.client;

import com.google.protobuf.ByteString;
import io.depthmesh.v1.ConvertRequest;
import io.depthmesh.v1.CreateJobHeader;
import io.depthmesh.v1.CreateJobRequest;
import io.depthmesh.v1.JobSpec;
import io.grpc.StatusException;
import java.io.IOException;
import java.io.InputStream;

/** The messages that send a job: the header, then the photo, the depth map and the sound. */
final class JobRequests {
  /** The most that one message of a file holds. */
  static final int CHUNK_BYTES = 256 * 1024;

  private JobRequests() {}

  /** Where messages go; false when the call has ended, and its answer says why. */
  interface Sink<M> {
    boolean write(M message) throws InterruptedException, StatusException;
  }

  static CreateJobHeader header(JobSpec spec, JobFiles files, JobOptions options) {
    CreateJobHeader.Builder header =
        CreateJobHeader.newBuilder()
            .setSpec(spec)
            .setRequestId(options.requestId())
            .setValidateOnly(options.validateOnly())
            .putAllLabels(options.labels())
            .addAllWebhooks(options.webhooks());
    if (files.sound != null) header.setHasSound(true);
    if (!files.photoUpload.isEmpty()) header.setPhotoUpload(files.photoUpload);
    if (!files.depthMapUpload.isEmpty()) header.setDepthMapUpload(files.depthMapUpload);
    if (!files.soundUpload.isEmpty()) header.setSoundUpload(files.soundUpload);
    return header.build();
  }

  /** Sends everything; false when the call has ended before. */
  static boolean send(CreateJobHeader header, JobFiles files, Sink<CreateJobRequest> sink)
      throws IOException, InterruptedException, StatusException {
    return sink.write(CreateJobRequest.newBuilder().setHeader(header).build())
        && eachChunk(
            files.photo,
            chunk -> sink.write(CreateJobRequest.newBuilder().setChunk(chunk).build()))
        && eachChunk(
            files.depthMap,
            chunk -> sink.write(CreateJobRequest.newBuilder().setDepthChunk(chunk).build()))
        && eachChunk(
            files.sound,
            chunk -> sink.write(CreateJobRequest.newBuilder().setSoundChunk(chunk).build()));
  }

  /** The bytes of a file in pieces that fit into a message; none of a file that is null. */
  static boolean eachChunk(InputStream file, Sink<ByteString> sink)
      throws IOException, InterruptedException, StatusException {
    if (file == null) return true;
    byte[] buffer = new byte[CHUNK_BYTES];
    for (; ; ) {
      int count = file.readNBytes(buffer, 0, CHUNK_BYTES);
      if (count == 0) return true;
      if (!sink.write(ByteString.copyFrom(buffer, 0, count))) return false;
    }
  }

  /** The same message of Convert. */
  static ConvertRequest forConvert(CreateJobRequest request) {
    ConvertRequest.Builder same = ConvertRequest.newBuilder();
    return switch (request.getKindCase()) {
      case HEADER -> same.setHeader(request.getHeader()).build();
      case DEPTH_CHUNK -> same.setDepthChunk(request.getDepthChunk()).build();
      case SOUND_CHUNK -> same.setSoundChunk(request.getSoundChunk()).build();
      default -> same.setChunk(request.getChunk()).build();
    };
  }
}
