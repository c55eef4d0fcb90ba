package io.depthmesh.client;

import io.depthmesh.v1.CancelJobRequest;
import io.depthmesh.v1.CatalogServiceGrpc;
import io.depthmesh.v1.ConvertRequest;
import io.depthmesh.v1.ConvertResponse;
import io.depthmesh.v1.ConvertServiceGrpc;
import io.depthmesh.v1.CreateJobRequest;
import io.depthmesh.v1.DeleteJobRequest;
import io.depthmesh.v1.GetJobRequest;
import io.depthmesh.v1.Job;
import io.depthmesh.v1.JobEvent;
import io.depthmesh.v1.JobProgress;
import io.depthmesh.v1.JobServiceGrpc;
import io.depthmesh.v1.JobSpec;
import io.depthmesh.v1.JobState;
import io.depthmesh.v1.ListJobsRequest;
import io.depthmesh.v1.PreviewServiceGrpc;
import io.depthmesh.v1.ReadArtifactRequest;
import io.depthmesh.v1.ResultServiceGrpc;
import io.depthmesh.v1.Upload;
import io.depthmesh.v1.UploadServiceGrpc;
import io.depthmesh.v1.WebhookServiceGrpc;
import io.grpc.CallCredentials;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Calls one gateway. Safe for use by several threads. Every call throws {@link DepthmeshException}.
 *
 * <p>{@link #jobs}, {@link #catalog} and their siblings are the generated stubs with the key.
 */
public final class DepthmeshClient implements AutoCloseable {
  private final ManagedChannel channel;
  private final Connection connection;
  private final Duration timeout;

  private DepthmeshClient(Connection connection, ManagedChannel channel, Duration timeout) {
    this.connection = connection;
    this.channel = channel;
    this.timeout = timeout;
  }

  /** It does not connect before the first call. */
  public static DepthmeshClient open(Connection connection) {
    return new DepthmeshClient(connection, connection.open(), null);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The answers of a call of a generated stub, whose errors are of this client's type. */
  public <T> ServerStream<T> streamOf(BlockingClientCall<?, T> call) {
    return new ServerStream<>(call);
  }

  /** The error of a call of a generated stub, or of an interrupted wait, as this client throws it. */
  public DepthmeshException errorOf(Exception thrown) {
    return thrown instanceof InterruptedException interrupted
        ? Calls.interrupted(interrupted)
        : DepthmeshException.fromCall(thrown);
  }

  private <S extends AbstractStub<S>> S shown(S stub) {
    CallCredentials credentials = connection.credentials();
    S shown = credentials == null ? stub : stub.withCallCredentials(credentials);
    return timeout == null ? shown : shown.withDeadlineAfter(timeout);
  }

  /**
   * The same client, whose calls have this deadline; the server and its workers keep it too. It
   * shares the connection, which the first client closes.
   */
  public DepthmeshClient withTimeout(Duration timeout) {
    return new DepthmeshClient(connection, channel, timeout);
  }

  /** The connection, for generated stubs of other services; it shows the key by itself. */
  public Channel channel() {
    CallCredentials credentials = connection.credentials();
    return ClientInterceptors.intercept(channel, new CallOptionsOf(credentials, timeout));
  }

  public JobServiceGrpc.JobServiceBlockingV2Stub jobs() {
    return shown(JobServiceGrpc.newBlockingV2Stub(channel));
  }

  public ConvertServiceGrpc.ConvertServiceBlockingV2Stub converts() {
    return shown(ConvertServiceGrpc.newBlockingV2Stub(channel));
  }

  public ResultServiceGrpc.ResultServiceBlockingV2Stub results() {
    return shown(ResultServiceGrpc.newBlockingV2Stub(channel));
  }

  public UploadServiceGrpc.UploadServiceBlockingV2Stub uploads() {
    return shown(UploadServiceGrpc.newBlockingV2Stub(channel));
  }

  public PreviewServiceGrpc.PreviewServiceBlockingV2Stub previews() {
    return shown(PreviewServiceGrpc.newBlockingV2Stub(channel));
  }

  public CatalogServiceGrpc.CatalogServiceBlockingV2Stub catalog() {
    return shown(CatalogServiceGrpc.newBlockingV2Stub(channel));
  }

  public WebhookServiceGrpc.WebhookServiceBlockingV2Stub webhooks() {
    return shown(WebhookServiceGrpc.newBlockingV2Stub(channel));
  }

  /** Sends the files and makes a job of them. */
  public Job createJob(JobSpec spec, JobFiles files, JobOptions options) throws IOException {
    BlockingClientCall<CreateJobRequest, Job> call = jobs().createJob();
    try {
      // The server may refuse before it has everything: then the answer says why.
      if (JobRequests.send(JobRequests.header(spec, files, options), files, call::write)) {
        call.halfClose();
      }
      Job job = call.read();
      if (job != null) return job;
      throw Status.UNAVAILABLE.withDescription("the call ended without an answer").asException();
    } catch (StatusException error) {
      throw DepthmeshException.fromCall(error);
    } catch (InterruptedException interrupted) {
      call.cancel("interrupted", interrupted);
      throw Calls.interrupted(interrupted);
    } catch (IOException unreadable) {
      call.cancel("a file cannot be read", unreadable);
      throw unreadable;
    }
  }

  /** The job as it is now. */
  public Job getJob(String name) {
    return Calls.run(() -> jobs().getJob(GetJobRequest.newBuilder().setName(name).build()));
  }

  /** Cancels a job that has not ended. */
  public Job cancelJob(String name) {
    return Calls.run(() -> jobs().cancelJob(CancelJobRequest.newBuilder().setName(name).build()));
  }

  /** Deletes a job that has ended, with its files. */
  public void deleteJob(String name) {
    Calls.run(() -> jobs().deleteJob(DeleteJobRequest.newBuilder().setName(name).build()));
  }

  /** All jobs that the request's filters leave, the newest first; pages are read as needed. */
  public Iterable<Job> listJobs(ListJobsRequest request) {
    return () -> new JobPages(jobs(), request);
  }

  /** The events of a job after an event number, then new ones as they come. Close it. */
  public JobEvents watchJob(String name, int afterEvent) {
    return new JobEvents(jobs(), name, afterEvent);
  }

  /** Watches a job until it has ended. A job that did not succeed is no error: see jobError. */
  public Job waitForJob(String name, Consumer<JobEvent> onEvent) {
    try (JobEvents events = watchJob(name, 0)) {
      events.forEachRemaining(onEvent);
    }
    return getJob(name);
  }

  /**
   * Everything about a conversion as it comes: the job, progress, the depth thumbnail, fragments of
   * the video, and the finished job. Closing it before the end cancels the job.
   */
  public ServerStream<ConvertResponse> convert(JobSpec spec, JobFiles files, JobOptions options) {
    BlockingClientCall<ConvertRequest, ConvertResponse> call = converts().convert();
    Thread sender =
        new Thread(
            () -> {
              try {
                boolean isComplete =
                    JobRequests.send(
                        JobRequests.header(spec, files, options),
                        files,
                        request -> call.write(JobRequests.forConvert(request)));
                if (isComplete) call.halfClose();
              } catch (StatusException ended) {
                // The reader gets the same error.
              } catch (IOException | InterruptedException | RuntimeException failed) {
                call.cancel("a file cannot be read", failed);
              }
            },
            "depthmesh-convert");
    sender.setDaemon(true);
    sender.start();
    return new ServerStream<>(call);
  }

  /** Makes a video of a photo in one call and writes it while it is made. */
  public Job convertFile(JobSpec spec, Path photo, Path video, Consumer<JobProgress> onProgress)
      throws IOException {
    Job job = null;
    OutputStream file = Files.newOutputStream(video);
    try (ServerStream<ConvertResponse> responses =
        convert(spec, JobFiles.photo(photo), JobOptions.NONE)) {
      while (responses.hasNext()) {
        ConvertResponse response = responses.next();
        switch (response.getKindCase()) {
          case PROGRESS -> onProgress.accept(response.getProgress());
          case STREAM_START -> {
            // Of the first attempt, or of another one, whose bytes must not be joined to these.
            file.close();
            file = Files.newOutputStream(video);
          }
          case CHUNK -> response.getChunk().writeTo(file);
          case SUMMARY -> job = response.getSummary();
          default -> {}
        }
      }
    } finally {
      file.close();
    }
    if (job == null) {
      throw DepthmeshException.fromCall(
          Status.UNAVAILABLE.withDescription("the call ended without a summary").asException());
    }
    return job;
  }

  /**
   * A file that a job has made.
   *
   * @param name {@code jobs/{job}/artifacts/{artifact}}
   * @param offset of the first byte
   * @param limit of the bytes; 0 means all
   */
  public ArtifactStream readArtifact(String name, long offset, long limit) {
    return read(
        ReadArtifactRequest.newBuilder().setName(name).setOffset(offset).setLimit(limit).build());
  }

  /**
   * The first MP4 output of a job while it is encoded. An offset above 0 needs the attempt that the
   * earlier bytes came from. A read fails with STREAM_RESTARTED when another attempt begins: throw
   * the bytes away, and read again from the start.
   */
  public ArtifactStream followFragments(String job, long offset, String attempt) {
    return read(
        ReadArtifactRequest.newBuilder()
            .setName(job + "/artifacts/fragments.mp4")
            .setOffset(offset)
            .setFollow(true)
            .setAttempt(attempt)
            .build());
  }

  private ArtifactStream read(ReadArtifactRequest request) {
    return new ArtifactStream(new ServerStream<>(results().readArtifact(request)));
  }

  /**
   * The same as it is made, to its end. A connection that breaks goes on at the byte where it broke.
   */
  public LiveVideo followLive(String job) {
    return new LiveVideo(this, job);
  }

  /**
   * Sends a file in parts and goes on after broken connections and a stopped gateway: only bytes
   * that the server has not committed are sent again. The finished upload's name can stand for a
   * photo, a depth map or a sound.
   */
  public Upload upload(Path file, UploadOptions options) throws IOException {
    return new ResumableUpload(uploads(), file, options).run();
  }

  /** The error of a job that failed, expired or was cancelled; null for any other. */
  public static DepthmeshException jobError(Job job) {
    if (job.hasError()) return DepthmeshException.fromStatus(job.getError());
    if (job.getState() != JobState.JOB_STATE_CANCELLED) return null;
    return DepthmeshException.fromCall(
        Status.CANCELLED.withDescription("the job was cancelled").asException());
  }
}
