/**
 * The type of what a reader of compressed pixels says about a file: whether the bytes of every
 * pixel are there. It decides whether a decoder's complaint is damage.
 */
export type PixelState =
  /** Every pixel can be decoded from bytes of the file. */
  | { readonly state: "whole" }
  /** The data ends before the last pixel; `fault` says where, as the end of a sentence. */
  | { readonly state: "cut"; readonly fault: string }
  /** The data contradicts itself; `fault` says where, as the end of a sentence. */
  | { readonly state: "damaged"; readonly fault: string }
  /** This kind of data is not read here. */
  | { readonly state: "unknown" };
