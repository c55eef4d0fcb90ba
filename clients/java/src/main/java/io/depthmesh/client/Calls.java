package io.depthmesh.client;

import io.grpc.Status;
import io.grpc.StatusException;

/** Runs calls of the stubs; whatever goes wrong is a DepthmeshException. */
final class Calls {
  private Calls() {}

  /** A call of a blocking stub. */
  interface Call<T> {
    T run() throws StatusException, InterruptedException;
  }

  static <T> T run(Call<T> call) {
    try {
      return call.run();
    } catch (StatusException error) {
      throw DepthmeshException.fromCall(error);
    } catch (InterruptedException interrupted) {
      throw interrupted(interrupted);
    }
  }

  static DepthmeshException interrupted(InterruptedException interrupted) {
    Thread.currentThread().interrupt();
    return DepthmeshException.fromCall(
        Status.CANCELLED
            .withDescription("the thread was interrupted")
            .withCause(interrupted)
            .asException());
  }
}
