package io.depthmesh.client;

import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Gives every call of a channel the key and the deadline; either may be null. */
record CallOptionsOf(CallCredentials credentials, Duration timeout) implements ClientInterceptor {
  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    CallOptions shown = credentials == null ? options : options.withCallCredentials(credentials);
    return next.newCall(
        method,
        timeout == null
            ? shown
            : shown.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS));
  }
}
