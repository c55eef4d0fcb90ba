/** Counts the bytes of one tenant's uploads, without an end. */
export class CountedQuota {
  usedBytes = 0;

  takeUpload(_tenant: string, uploadBytes: number): void {
    this.usedBytes += uploadBytes;
  }

  giveBackUpload(_tenant: string, uploadBytes: number): void {
    this.usedBytes -= uploadBytes;
  }
}
