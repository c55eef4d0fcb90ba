package io.depthmesh.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The error of a call, or of a job. docs/errors.md lists the reasons. */
public final class DepthmeshException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A field of a request that is wrong.
   *
   * @param field path of the field, such as {@code clip.fps}
   */
  public record Violation(String field, String reason, String description) {}

  private static final Set<String> CONNECTION_LOST =
      Set.of("SERVICE_UNAVAILABLE", "DRAINING", "BUS_UNAVAILABLE");

  private final Status.Code code;
  private final String reason;
  private final transient Map<String, String> metadata;
  private final transient List<Violation> violations;
  private final Duration retryDelay;

  private DepthmeshException(
      Status.Code code,
      ErrorInfo info,
      String message,
      List<Violation> violations,
      Duration retryDelay,
      Throwable cause) {
    super(info.getReason() + ": " + message, cause);
    this.code = code;
    this.reason = info.getReason();
    this.metadata = Map.copyOf(info.getMetadataMap());
    this.violations = List.copyOf(violations);
    this.retryDelay = retryDelay;
  }

  /** The canonical code of gRPC. */
  public Status.Code code() {
    return code;
  }

  /**
   * What is wrong. What no server has said has a reason of this client: JOB_DEADLINE_EXCEEDED,
   * JOB_CANCELLED, SERVICE_UNAVAILABLE or INTERNAL.
   */
  public String reason() {
    return reason;
  }

  /** Limits and actual values; the keys name the units. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** All wrong fields of the request. */
  public List<Violation> violations() {
    return violations;
  }

  /** The time after which the same call may succeed; zero if there is none. */
  public Duration retryDelay() {
    return retryDelay;
  }

  /**
   * Whether a stream may go on in another call: its server has gone, stops in order, or has lost
   * NATS.
   */
  boolean isConnectionLost() {
    return CONNECTION_LOST.contains(reason);
  }

  /** The error of a stub. */
  static DepthmeshException fromCall(Throwable thrown) {
    if (thrown instanceof DepthmeshException known) return known;
    com.google.rpc.Status details = StatusProto.fromThrowable(thrown);
    if (details != null) return fromStatus(details, thrown);
    Status status = Status.fromThrowable(thrown);
    String message = status.getDescription() == null ? "no description" : status.getDescription();
    return fromStatus(
        com.google.rpc.Status.newBuilder()
            .setCode(status.getCode().value())
            .setMessage(message)
            .build(),
        thrown);
  }

  /** The error that a job, or an item of a batch, has. */
  public static DepthmeshException fromStatus(com.google.rpc.Status status) {
    return fromStatus(status, null);
  }

  private static DepthmeshException fromStatus(com.google.rpc.Status status, Throwable cause) {
    ErrorInfo info = ErrorInfo.getDefaultInstance();
    Duration retryDelay = Duration.ZERO;
    List<Violation> violations = new ArrayList<>();
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) info = detail.unpack(ErrorInfo.class);
        if (detail.is(RetryInfo.class)) {
          var delay = detail.unpack(RetryInfo.class).getRetryDelay();
          retryDelay = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
        }
        if (detail.is(BadRequest.class)) {
          for (var violation : detail.unpack(BadRequest.class).getFieldViolationsList()) {
            violations.add(
                new Violation(
                    violation.getField(), violation.getReason(), violation.getDescription()));
          }
        }
      }
    } catch (InvalidProtocolBufferException unreadable) {
      // The code and the message say what they can.
    }
    Status.Code code = Status.fromCodeValue(status.getCode()).getCode();
    if (info.getReason().isEmpty()) {
      boolean isBroken = status.getMessage().contains("RST_STREAM");
      if (isBroken) code = Status.Code.UNAVAILABLE;
      info = ErrorInfo.newBuilder().setReason(reasonOf(code)).build();
      if (info.getReason().equals("INTERNAL")) code = Status.Code.INTERNAL;
    }
    return new DepthmeshException(code, info, status.getMessage(), violations, retryDelay, cause);
  }

  /** Names what gRPC itself has ended. */
  private static String reasonOf(Status.Code code) {
    return switch (code) {
      case DEADLINE_EXCEEDED -> "JOB_DEADLINE_EXCEEDED";
      case CANCELLED -> "JOB_CANCELLED";
      case UNAVAILABLE -> "SERVICE_UNAVAILABLE";
      default -> "INTERNAL";
    };
  }
}
