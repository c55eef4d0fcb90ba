package io.depthmesh.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import io.depthmesh.client.ArtifactStream;
import io.depthmesh.client.DepthmeshClient;
import io.depthmesh.client.JobEvents;
import io.depthmesh.client.JobFiles;
import io.depthmesh.client.JobOptions;
import io.depthmesh.client.LiveVideo;
import io.depthmesh.client.ServerStream;
import io.depthmesh.client.UploadOptions;
import io.depthmesh.v1.ConvertResponse;
import io.depthmesh.v1.CreateJobHeader;
import io.depthmesh.v1.InteractCamera;
import io.depthmesh.v1.InteractRequest;
import io.depthmesh.v1.InteractResponse;
import io.depthmesh.v1.InteractStart;
import io.depthmesh.v1.JobEvent;
import io.depthmesh.v1.Upload;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.ClientCalls;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the runner does for each operation; tests/conformance/README.md describes them. */
final class Operations {
  private final DepthmeshClient client;
  private final RunningCall call;
  private final JsonObject with;

  Operations(DepthmeshClient client, RunningCall call, JsonObject with) {
    this.client = client;
    this.call = call;
    this.with = with;
  }

  JsonElement perform(String name) throws Exception {
    return switch (name) {
      case "createJob" -> createJob();
      case "convert" -> convert();
      case "watch" -> watch();
      case "readArtifact" -> readArtifact();
      case "followLive" -> followLive();
      case "uploadResumable" -> uploadResumable();
      case "interact" -> interact();
      case "messages" -> messages();
      default -> unary(Messages.method(name));
    };
  }

  private JsonElement unary(MethodDescriptor method) throws Exception {
    Message request = Messages.read(method.getInputType(), with);
    var grpcMethod = Messages.grpcMethod(method, MethodType.UNARY);
    return Messages.toJson(
        ClientCalls.blockingV2UnaryCall(
            client.channel(), grpcMethod, CallOptions.DEFAULT, request));
  }

  /** Returns when the next item may be taken. */
  private void pace() throws InterruptedException {
    call.permits.acquire();
  }

  private void tell(MessageOrBuilder message) throws Exception {
    Runner.yield(call.id, Messages.toJson(message));
  }

  private void tellChunk(int bytes) {
    JsonObject size = new JsonObject();
    size.addProperty("bytes", bytes);
    JsonObject item = new JsonObject();
    item.add("chunk", size);
    Runner.yield(call.id, item);
  }

  private String text(String name) {
    return with.has(name) ? with.get(name).getAsString() : "";
  }

  private long number(String name) {
    return with.has(name) ? with.get(name).getAsLong() : 0;
  }

  private CreateJobHeader header() throws Exception {
    return Messages.read(CreateJobHeader.newBuilder(), with.get("header")).build();
  }

  private JobFiles files(CreateJobHeader header) throws Exception {
    JobFiles files =
        text("photo").isEmpty()
            ? JobFiles.photoUpload(header.getPhotoUpload())
            : JobFiles.photo(Path.of(text("photo")));
    if (!text("depthMap").isEmpty()) files.depthMap(Files.newInputStream(Path.of(text("depthMap"))));
    if (!text("sound").isEmpty()) files.sound(Files.newInputStream(Path.of(text("sound"))));
    return files
        .depthMapUpload(header.getDepthMapUpload())
        .soundUpload(header.getSoundUpload());
  }

  private static JobOptions options(CreateJobHeader header) {
    return new JobOptions(
        header.getRequestId(),
        header.getValidateOnly(),
        header.getLabelsMap(),
        header.getWebhooksList());
  }

  private JsonElement createJob() throws Exception {
    CreateJobHeader header = header();
    return Messages.toJson(client.createJob(header.getSpec(), files(header), options(header)));
  }

  private JsonElement convert() throws Exception {
    CreateJobHeader header = header();
    JsonElement job = new JsonObject();
    try (Sink sink = new Sink(with);
        ServerStream<ConvertResponse> responses =
            client.convert(header.getSpec(), files(header), options(header))) {
      for (pace(); responses.hasNext(); pace()) {
        ConvertResponse response = responses.next();
        if (response.hasChunk()) {
          byte[] chunk = response.getChunk().toByteArray();
          sink.write(chunk, chunk.length);
          tellChunk(chunk.length);
          continue;
        }
        if (response.hasStreamStart()) sink.clear();
        if (response.hasSummary()) job = Messages.toJson(response.getSummary());
        tell(response);
      }
      JsonObject result = sink.result();
      result.add("job", job);
      return result;
    }
  }

  private JsonElement watch() throws Exception {
    int lastEvent = (int) number("afterEvent");
    try (JobEvents events = client.watchJob(text("name"), lastEvent)) {
      for (pace(); events.hasNext(); pace()) {
        JobEvent event = events.next();
        if (event.hasStateChange()) lastEvent = event.getNumber();
        tell(event);
      }
    }
    JsonObject result = new JsonObject();
    result.addProperty("lastEvent", lastEvent);
    return result;
  }

  private JsonElement readArtifact() throws Exception {
    try (Sink sink = new Sink(with);
        ArtifactStream bytes =
            client.readArtifact(text("name"), number("offset"), number("limit"))) {
      byte[] buffer = new byte[256 * 1024];
      pace();
      for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
        sink.write(buffer, count);
        tellChunk(count);
        pace();
      }
      JsonObject result = sink.result();
      result.add("artifact", Messages.toJson(bytes.artifact()));
      return result;
    }
  }

  private JsonElement followLive() throws Exception {
    String attempt = "";
    try (Sink sink = new Sink(with);
        LiveVideo video = client.followLive(text("job"))) {
      for (pace(); video.hasNext(); pace()) {
        LiveVideo.Part part = video.next();
        if (part.attempt().isEmpty()) {
          sink.write(part.bytes(), part.bytes().length);
          tellChunk(part.bytes().length);
          continue;
        }
        attempt = part.attempt();
        sink.clear();
        JsonObject item = new JsonObject();
        item.addProperty("attempt", attempt);
        Runner.yield(call.id, item);
      }
      JsonObject result = sink.result();
      result.addProperty("attempt", attempt);
      return result;
    }
  }

  private JsonElement uploadResumable() throws Exception {
    UploadOptions options =
        UploadOptions.NONE
            .withName(text("upload"))
            .withProgress(
                upload -> {
                  JsonObject item = new JsonObject();
                  item.addProperty("name", upload.getName());
                  item.addProperty("committedSizeBytes", upload.getCommittedSizeBytes());
                  Runner.yield(call.id, item);
                  try {
                    pace();
                  } catch (InterruptedException interrupted) {
                    throw client.errorOf(interrupted);
                  }
                });
    if (number("partBytes") > 0) options = options.withPartBytes(number("partBytes"));
    Upload upload = client.upload(Path.of(text("file")), options);
    return Messages.toJson(upload);
  }

  private JsonElement interact() throws Exception {
    InteractStart start = Messages.read(InteractStart.newBuilder(), with.get("start")).build();
    BlockingClientCall<InteractRequest, InteractResponse> running = client.previews().interact();
    int frames = 0;
    try (ServerStream<InteractResponse> responses = client.streamOf(running)) {
      running.write(InteractRequest.newBuilder().setStart(start).build());
      for (pace(); responses.hasNext(); pace()) {
        InteractResponse response = responses.next();
        if (response.hasFrame()) {
          frames++;
        } else {
          JsonArray cameras = with.has("cameras") ? with.getAsJsonArray("cameras") : new JsonArray();
          for (JsonElement json : cameras) {
            InteractCamera camera = Messages.read(InteractCamera.newBuilder(), json).build();
            running.write(InteractRequest.newBuilder().setCamera(camera).build());
          }
          running.halfClose();
        }
        tell(response);
      }
    }
    JsonObject result = new JsonObject();
    result.addProperty("frames", frames);
    return result;
  }

  private JsonElement messages() throws Exception {
    MethodDescriptor method = Messages.method(text("method"));
    BlockingClientCall<Message, Message> running =
        ClientCalls.blockingBidiStreamingCall(
            client.channel(),
            Messages.grpcMethod(method, MethodType.BIDI_STREAMING),
            CallOptions.DEFAULT);
    try (ServerStream<Message> responses = client.streamOf(running)) {
      boolean goesOn = true;
      JsonArray requests = with.has("requests") ? with.getAsJsonArray("requests") : new JsonArray();
      for (JsonElement json : requests) {
        try {
          goesOn = goesOn && running.write(Messages.read(method.getInputType(), json));
        } catch (io.grpc.StatusException ended) {
          // The reader below gets the same error.
          goesOn = false;
        }
      }
      if (goesOn && !(with.has("keepOpen") && with.get("keepOpen").getAsBoolean())) {
        running.halfClose();
      }
      for (pace(); responses.hasNext(); pace()) tell(responses.next());
    }
    return new JsonObject();
  }
}
