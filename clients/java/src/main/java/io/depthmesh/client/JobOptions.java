package io.depthmesh.client;

import java.util.List;
import java.util.Map;

/**
 * What a new job may have besides its spec and files.
 *
 * @param requestId makes a repeated call return the same job; at most 128 printable ASCII
 *     characters, or empty
 * @param validateOnly checks everything and makes no job
 * @param labels facts of your own, at most 16
 * @param webhooks told when the job ends: {@code webhooks/{webhook}}
 */
public record JobOptions(
    String requestId, boolean validateOnly, Map<String, String> labels, List<String> webhooks) {
  public static final JobOptions NONE = new JobOptions("", false, Map.of(), List.of());

  public JobOptions withRequestId(String id) {
    return new JobOptions(id, validateOnly, labels, webhooks);
  }

  public JobOptions withLabels(Map<String, String> some) {
    return new JobOptions(requestId, validateOnly, some, webhooks);
  }
}
