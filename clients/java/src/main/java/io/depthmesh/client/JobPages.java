package io.depthmesh.client;

import io.depthmesh.v1.Job;
import io.depthmesh.v1.JobServiceGrpc.JobServiceBlockingV2Stub;
import io.depthmesh.v1.ListJobsRequest;
import io.depthmesh.v1.ListJobsResponse;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** The jobs of a list, which reads page after page. */
final class JobPages implements Iterator<Job> {
  private final JobServiceBlockingV2Stub stub;
  private ListJobsRequest request;
  private Iterator<Job> page = Collections.emptyIterator();
  private boolean isLast;

  JobPages(JobServiceBlockingV2Stub stub, ListJobsRequest request) {
    this.stub = stub;
    this.request = request;
  }

  @Override
  public boolean hasNext() {
    while (!page.hasNext() && !isLast) {
      ListJobsRequest asked = request;
      ListJobsResponse answer = Calls.run(() -> stub.listJobs(asked));
      page = answer.getJobsList().iterator();
      isLast = answer.getNextPageToken().isEmpty();
      request = request.toBuilder().setPageToken(answer.getNextPageToken()).build();
    }
    return page.hasNext();
  }

  @Override
  public Job next() {
    if (!hasNext()) throw new NoSuchElementException();
    return page.next();
  }
}
