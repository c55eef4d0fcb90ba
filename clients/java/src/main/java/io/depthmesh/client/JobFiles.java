package io.depthmesh.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a job is made from. Each file is read to its end, or names a finished upload. */
public final class JobFiles {
  InputStream photo;
  InputStream depthMap;
  InputStream sound;
  String photoUpload = "";
  String depthMapUpload = "";
  String soundUpload = "";

  private JobFiles() {}

  public static JobFiles photo(InputStream photo) {
    JobFiles files = new JobFiles();
    files.photo = photo;
    return files;
  }

  public static JobFiles photo(Path photo) throws IOException {
    return photo(Files.newInputStream(photo));
  }

  /**
   * The photo is a finished upload.
   *
   * @param name {@code uploads/{upload}}
   */
  public static JobFiles photoUpload(String name) {
    JobFiles files = new JobFiles();
    files.photoUpload = name;
    return files;
  }

  /** Announce it in {@code spec.depth.map}. */
  public JobFiles depthMap(InputStream depthMap) {
    this.depthMap = depthMap;
    return this;
  }

  public JobFiles depthMapUpload(String name) {
    this.depthMapUpload = name;
    return this;
  }

  public JobFiles sound(InputStream sound) {
    this.sound = sound;
    return this;
  }

  public JobFiles soundUpload(String name) {
    this.soundUpload = name;
    return this;
  }
}
