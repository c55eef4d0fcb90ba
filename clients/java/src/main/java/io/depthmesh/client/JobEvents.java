package io.depthmesh.client;

import io.depthmesh.v1.JobEvent;
import io.depthmesh.v1.JobServiceGrpc.JobServiceBlockingV2Stub;
import io.depthmesh.v1.WatchJobRequest;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The events of a job, from its history and as they come. It goes on after broken connections and a
 * stopped gateway: no event of the history is missed or given twice. It ends with the job.
 */
public final class JobEvents implements Iterator<JobEvent>, AutoCloseable {
  private final JobServiceBlockingV2Stub stub;
  private final String name;
  private final Pauses pauses = new Pauses();
  private int afterEvent;
  private ServerStream<JobEvent> stream;
  private boolean ended;

  JobEvents(JobServiceBlockingV2Stub stub, String name, int afterEvent) {
    this.stub = stub;
    this.name = name;
    this.afterEvent = afterEvent;
  }

  @Override
  public boolean hasNext() {
    while (!ended) {
      try {
        if (stream == null) {
          WatchJobRequest request =
              WatchJobRequest.newBuilder().setName(name).setAfterEvent(afterEvent).build();
          stream = new ServerStream<>(stub.watchJob(request));
        }
        if (stream.hasNext()) return true;
        ended = true;
      } catch (DepthmeshException error) {
        stream = null;
        if (!error.isConnectionLost()) {
          ended = true;
          throw error;
        }
        pauses.waitAfter(error);
      }
    }
    return false;
  }

  @Override
  public JobEvent next() {
    if (!hasNext()) throw new NoSuchElementException();
    JobEvent event = stream.next();
    pauses.reset();
    // Progress and heartbeats carry the number of the entry before them.
    if (event.hasStateChange()) afterEvent = event.getNumber();
    return event;
  }

  @Override
  public void close() {
    ended = true;
    if (stream != null) stream.close();
  }
}
