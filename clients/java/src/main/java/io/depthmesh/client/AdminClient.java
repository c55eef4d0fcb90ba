package io.depthmesh.client;

import io.depthmesh.v1.AdminServiceGrpc;
import io.grpc.ManagedChannel;

/** Calls the admin port of a gateway, for which the operator's role is needed. */
public final class AdminClient implements AutoCloseable {
  private final ManagedChannel channel;
  private final AdminServiceGrpc.AdminServiceBlockingV2Stub stub;

  private AdminClient(Connection connection) {
    this.channel = connection.open();
    AdminServiceGrpc.AdminServiceBlockingV2Stub plain = AdminServiceGrpc.newBlockingV2Stub(channel);
    this.stub =
        connection.credentials() == null
            ? plain
            : plain.withCallCredentials(connection.credentials());
  }

  public static AdminClient open(Connection connection) {
    return new AdminClient(connection);
  }

  /** The generated stub, with the key. */
  public AdminServiceGrpc.AdminServiceBlockingV2Stub admin() {
    return stub;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
