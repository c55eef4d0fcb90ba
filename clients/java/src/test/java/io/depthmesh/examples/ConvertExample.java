package io.depthmesh.examples;

import io.depthmesh.client.Connection;
import io.depthmesh.client.DepthmeshClient;
import io.depthmesh.v1.Camera;
import io.depthmesh.v1.Clip;
import io.depthmesh.v1.Job;
import io.depthmesh.v1.JobSpec;
import java.nio.file.Path;

/**
 * Makes a video of a photo in one call, and writes it while it is rendered: {@code PHOTO VIDEO
 * [ADDRESS]}. DEPTHMESH_KEY holds the API key, DEPTHMESH_CA a file with the authority of the
 * server's certificate; both may be unset on a mesh of this host.
 */
public final class ConvertExample {
  private ConvertExample() {}

  public static void main(String[] arguments) throws Exception {
    Connection connection =
        Connection.to(arguments.length > 2 ? arguments[2] : "127.0.0.1:7410");
    String ca = System.getenv("DEPTHMESH_CA");
    if (ca != null) connection.tls(Path.of(ca));
    String key = System.getenv("DEPTHMESH_KEY");
    if (key != null) connection.key(key);

    JobSpec spec =
        JobSpec.newBuilder()
            .setCamera(Camera.newBuilder().setPreset("orbital"))
            .setClip(Clip.newBuilder().setDurationSeconds(2).setLongestSide(640))
            .build();
    try (DepthmeshClient client = DepthmeshClient.open(connection)) {
      Job job =
          client.convertFile(
              spec,
              Path.of(arguments[0]),
              Path.of(arguments[1]),
              progress -> System.out.printf("rendered %.0f %%%n", 100 * progress.getRender()));
      job.getNotesList().forEach(note -> System.out.println("note: " + note.getMessage()));
      System.out.println(job.getName() + " succeeded");
    }
  }
}
