package io.depthmesh.client;

import io.grpc.stub.BlockingClientCall;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The answers of a call, one after another. Close it to end the call early. The errors of the call
 * are thrown by {@link #hasNext}.
 */
public class ServerStream<T> implements Iterator<T>, AutoCloseable {
  private final BlockingClientCall<?, T> call;
  private T next;
  private boolean ended;

  ServerStream(BlockingClientCall<?, T> call) {
    this.call = call;
  }

  @Override
  public boolean hasNext() {
    if (next == null && !ended) {
      next = Calls.run(call::read);
      ended = next == null;
    }
    return next != null;
  }

  @Override
  public T next() {
    if (!hasNext()) throw new NoSuchElementException();
    T taken = next;
    next = null;
    return taken;
  }

  @Override
  public void close() {
    if (!ended) call.cancel("the reader has left", null);
    ended = true;
  }
}
