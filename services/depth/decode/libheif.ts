/**
 * Calls of libheif, compiled to WebAssembly: it decodes HEVC, which libvips as it comes with sharp
 * cannot.
 */
import { createRequire } from "node:module";
import { LibraryError } from "./library-error.js";
import { WasmMemory, type WasmModule } from "./wasm-memory.js";

/** The functions of libheif's C interface that are called here; addresses are numbers. */
interface Libheif extends WasmModule {
  _heif_have_decoder_for_format(compression: number): number;
  _heif_context_alloc(): number;
  _heif_context_free(context: number): void;
  _heif_context_read_from_memory(
    error: number,
    context: number,
    data: number,
    sizeBytes: number,
    options: number,
  ): void;
  _heif_context_get_primary_image_handle(error: number, context: number, handle: number): void;
  _heif_image_handle_release(handle: number): void;
  _heif_image_handle_get_width(handle: number): number;
  _heif_image_handle_get_height(handle: number): number;
  _heif_image_handle_get_luma_bits_per_pixel(handle: number): number;
  _heif_image_handle_has_alpha_channel(handle: number): number;
  _heif_image_handle_is_premultiplied_alpha(handle: number): number;
  _heif_image_handle_get_raw_color_profile_size(handle: number): number;
  _heif_image_handle_get_raw_color_profile(error: number, handle: number, profile: number): void;
  _heif_decoding_options_alloc(): number;
  _heif_decoding_options_free(options: number): void;
  _heif_decode_image(
    error: number,
    handle: number,
    image: number,
    colorspace: number,
    chroma: number,
    options: number,
  ): void;
  _heif_image_release(image: number): void;
  _heif_image_get_plane_readonly2(image: number, channel: number, stride: number): number;
  _heif_image_get_width(image: number, channel: number): number;
  _heif_image_get_height(image: number, channel: number): number;
}

/** The decoded primary picture, upright: irot, imir and clap are applied, grids put together. */
export interface HeifPicture {
  readonly width: number;
  readonly height: number;
  /** 3 or, with alpha, 4. */
  readonly channels: 3 | 4;
  /** 8, or where the file has more bits, those; each sample then has two bytes, low byte first. */
  readonly bits: number;
  readonly premultiplied: boolean;
  /** ICC profile; empty where the file has none. */
  readonly profile: Uint8Array;
  /** Row `y` of the samples: a view that is valid until the next call of the library. */
  row(y: number): Uint8Array;
}

const COLORSPACE_RGB = 1;
const CHANNEL_INTERLEAVED = 10;
/** heif_chroma_interleaved_…: RGB, and with 16 bits in little-endian order; +1 is with alpha. */
const CHROMA_RGB = 10;
const CHROMA_RGB_16 = 14;
/** Bytes of a heif_error: code, detail, address of the message. */
const ERROR_BYTES = 12;
/**
 * Offset of `strict_decoding` in heif_decoding_options: after two bytes, four addresses and a byte.
 * Without it libheif fills what is missing and calls that a success. Damage inside the coded data
 * of a picture is concealed all the same: libde265 does not tell.
 */
const STRICT_DECODING_AT = 21;
/** WebAssembly's memory does not shrink, and counts towards the limit of the process. */
const KEPT_BYTES = 96 * 1024 * 1024;

let library: Libheif | undefined;
let spent = false;

/** Whether this process should be replaced before the next file: libheif aborted, or grew large. */
export function isLibheifSpent(): boolean {
  return spent;
}

const COMPRESSION_HEVC = 1;

/** Whether the library can be loaded and has a decoder of HEVC. */
export function hasHevcDecoder(): boolean {
  try {
    return load()._heif_have_decoder_for_format(COMPRESSION_HEVC) !== 0;
  } catch {
    return false;
  }
}

function load(): Libheif {
  library ??= createRequire(import.meta.url)("libheif-js/wasm-bundle") as Libheif;
  return library;
}

/**
 * Decodes the primary picture of a HEIF file and returns what `use` makes of it. Throws
 * LibraryError.
 */
export function withHeifPicture<Result>(
  bytes: Uint8Array,
  use: (picture: HeifPicture) => Result,
): Result {
  const lib = load();
  const memory = new WasmMemory(lib);
  try {
    const result = use(decodePrimary(lib, memory, bytes));
    memory.release();
    return result;
  } catch (thrown) {
    if (thrown instanceof LibraryError) {
      memory.release();
      throw thrown;
    }
    // A module that has aborted answers no more calls.
    spent = true;
    throw new LibraryError("libheif", "abort", String(thrown));
  } finally {
    spent ||= lib.HEAPU8.length > KEPT_BYTES;
  }
}

function decodePrimary(lib: Libheif, memory: WasmMemory, bytes: Uint8Array): HeifPicture {
  const error = memory.allocate(ERROR_BYTES);
  const out = memory.allocate(4);
  const check = () => {
    const code = memory.u32(error);
    if (code === 0) return;
    const words = memory.text(memory.u32(error + 8));
    throw new LibraryError("libheif", `${code}.${memory.u32(error + 4)}`, words);
  };
  const data = memory.copy(bytes);
  const context = lib._heif_context_alloc();
  memory.later(() => lib._heif_context_free(context));
  lib._heif_context_read_from_memory(error, context, data, bytes.length, 0);
  check();
  lib._heif_context_get_primary_image_handle(error, context, out);
  check();
  const handle = memory.u32(out);
  memory.later(() => lib._heif_image_handle_release(handle));

  const bits = decodedBits(lib, handle);
  const channels = lib._heif_image_handle_has_alpha_channel(handle) ? 4 : 3;
  const profile = rawProfile(lib, memory, handle, error);
  check();
  const options = lib._heif_decoding_options_alloc();
  memory.later(() => lib._heif_decoding_options_free(options));
  lib.HEAPU8[options + STRICT_DECODING_AT] = 1;
  const chroma = (bits > 8 ? CHROMA_RGB_16 : CHROMA_RGB) + channels - 3;
  lib._heif_decode_image(error, handle, out, COLORSPACE_RGB, chroma, options);
  check();
  const image = memory.u32(out);
  memory.later(() => lib._heif_image_release(image));

  const plane = lib._heif_image_get_plane_readonly2(image, CHANNEL_INTERLEAVED, out);
  const stride = memory.u32(out);
  const width = lib._heif_image_get_width(image, CHANNEL_INTERLEAVED);
  const rowBytes = width * channels * (bits > 8 ? 2 : 1);
  return {
    ...{ width, height: lib._heif_image_get_height(image, CHANNEL_INTERLEAVED) },
    ...{ channels, bits: Math.max(8, bits), profile },
    premultiplied: lib._heif_image_handle_is_premultiplied_alpha(handle) !== 0,
    row: (y) => lib.HEAPU8.subarray(plane + y * stride, plane + y * stride + rowBytes),
  };
}

/** Larger pictures are decoded with 8 bits: with 16, their copies would exceed the memory limit. */
const MAX_DEEP_PIXELS = 24_000_000;

function decodedBits(lib: Libheif, handle: number): number {
  const width = lib._heif_image_handle_get_width(handle);
  const pixels = width * lib._heif_image_handle_get_height(handle);
  return pixels > MAX_DEEP_PIXELS ? 8 : lib._heif_image_handle_get_luma_bits_per_pixel(handle);
}

function rawProfile(lib: Libheif, memory: WasmMemory, handle: number, error: number): Uint8Array {
  const size = lib._heif_image_handle_get_raw_color_profile_size(handle);
  if (size === 0) return new Uint8Array();
  const address = memory.allocate(size);
  lib._heif_image_handle_get_raw_color_profile(error, handle, address);
  return lib.HEAPU8.slice(address, address + size);
}
