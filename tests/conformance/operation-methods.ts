/**
 * The methods that the operations of a client library use, those that are more than one message.
 */
export const OPERATION_METHODS: Readonly<Record<string, readonly string[]>> = {
  createJob: ["JobService.CreateJob"],
  convert: ["ConvertService.Convert"],
  watch: ["JobService.WatchJob"],
  readArtifact: ["ResultService.ReadArtifact"],
  followLive: ["ResultService.ReadArtifact"],
  uploadResumable: [
    "UploadService.CreateUpload",
    "UploadService.GetUpload",
    "UploadService.WriteUpload",
  ],
  interact: ["PreviewService.Interact"],
};
