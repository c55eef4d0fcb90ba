/** The file that somebody drops or pastes. */

/**
 * The first picture, or the first file where nothing says that it is one; undefined without any.
 */
export function fileIn(data: Pick<DataTransfer, "files"> | null): File | undefined {
  const files = [...(data?.files ?? [])];
  return files.find(({ type }) => type.startsWith("image/")) ?? files[0];
}
