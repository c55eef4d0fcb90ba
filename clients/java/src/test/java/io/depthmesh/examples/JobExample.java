package io.depthmesh.examples;

import io.depthmesh.client.ArtifactStream;
import io.depthmesh.client.Connection;
import io.depthmesh.client.DepthmeshClient;
import io.depthmesh.client.DepthmeshException;
import io.depthmesh.client.JobFiles;
import io.depthmesh.client.JobOptions;
import io.depthmesh.client.UploadOptions;
import io.depthmesh.v1.Clip;
import io.depthmesh.v1.Job;
import io.depthmesh.v1.JobSpec;
import io.depthmesh.v1.Upload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/**
 * Makes a video by a durable job: uploads the photo so that a broken connection costs nothing,
 * watches the job, and reads its video. {@code PHOTO VIDEO [ADDRESS]}, with the environment of
 * {@link ConvertExample}.
 */
public final class JobExample {
  private JobExample() {}

  public static void main(String[] arguments) throws Exception {
    Connection connection =
        Connection.to(arguments.length > 2 ? arguments[2] : "127.0.0.1:7410");
    String ca = System.getenv("DEPTHMESH_CA");
    if (ca != null) connection.tls(Path.of(ca));
    String key = System.getenv("DEPTHMESH_KEY");
    if (key != null) connection.key(key);

    JobSpec spec =
        JobSpec.newBuilder().setClip(Clip.newBuilder().setLongestSide(640)).build();
    try (DepthmeshClient client = DepthmeshClient.open(connection)) {
      Upload upload =
          client.upload(
              Path.of(arguments[0]),
              UploadOptions.NONE.withProgress(
                  part -> System.out.println("uploaded " + part.getCommittedSizeBytes() + " bytes")));
      Job created =
          client.createJob(
              spec,
              JobFiles.photoUpload(upload.getName()),
              JobOptions.NONE.withLabels(Map.of("photo", arguments[0])));
      Job job =
          client.waitForJob(
              created.getName(),
              event -> {
                if (event.hasStateChange()) {
                  System.out.println(event.getStateChange().getState());
                }
              });
      DepthmeshException failure = DepthmeshClient.jobError(job);
      if (failure != null) throw failure;
      try (ArtifactStream bytes =
          client.readArtifact(job.getName() + "/artifacts/video.mp4", 0, 0)) {
        Files.copy(bytes, Path.of(arguments[1]), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
