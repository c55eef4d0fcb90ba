/** The sizes of frames that the budget knows, as options name them. */
export const SIZE_NAMES = ["720p", "1080p", "4K"] as const;
export type SizeName = (typeof SIZE_NAMES)[number];
