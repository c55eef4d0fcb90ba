package io.depthmesh.client;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Calls a lost gateway again twice a second: gRPC alone would wait up to two minutes for one that
 * is back already.
 */
final class Reconnecting {
  private static final Executor LATER = CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS);

  private final ManagedChannel channel;

  private Reconnecting(ManagedChannel channel) {
    this.channel = channel;
  }

  /** Ends with the channel. */
  static void watch(ManagedChannel channel) {
    new Reconnecting(channel).look();
  }

  private void look() {
    ConnectivityState state = channel.getState(false);
    if (state == ConnectivityState.SHUTDOWN) return;
    if (state == ConnectivityState.TRANSIENT_FAILURE) LATER.execute(this::again);
    channel.notifyWhenStateChanged(state, this::look);
  }

  private void again() {
    if (channel.getState(false) != ConnectivityState.TRANSIENT_FAILURE) return;
    channel.resetConnectBackoff();
    LATER.execute(this::again);
  }
}
