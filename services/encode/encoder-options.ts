/** What each encoder is told: rate, effort, threads. Numbers and words of the tables only. */
import type { Speed } from "../../core/output/codecs.js";
import type { PlannedOutput } from "./encoder.js";

type BySpeed = Readonly<Record<Speed, string>>;

const X264_PRESETS = { fastest: "ultrafast", fast: "veryfast", medium: "medium", slow: "slow" };
const X265_PRESETS = { fastest: "ultrafast", fast: "veryfast", medium: "medium", slow: "slow" };
const SVT_PRESETS = { fastest: "12", fast: "10", medium: "8", slow: "5" };
const AOM_CPU_USED = { fastest: "8", fast: "7", medium: "5", slow: "3" };
const VPX_CPU_USED = { fastest: "8", fast: "5", medium: "3", slow: "1" };
const NVENC_PRESETS = { fastest: "p1", fast: "p3", medium: "p5", slow: "p7" };
const QSV_PRESETS = { fastest: "veryfast", fast: "faster", medium: "medium", slow: "veryslow" };
const WEBP_LEVELS = { fastest: "0", fast: "2", medium: "4", slow: "6" };
const PNG_LEVELS = { fastest: "1", fast: "3", medium: "6", slow: "9" };

/**
 * AV1 counts its rate factor to 63, NVENC its constant quality to 51, VA-API the quantizer index to
 * 255.
 */
const av1ToNvenc = (crf: number) => Math.round((crf * 51) / 63);
const av1ToVaapi = (crf: number) => Math.round((crf * 255) / 63);
/** It takes 0 for "nothing was said". */
const svtFactor = (crf: number) => Math.max(1, Math.round(crf));
const unchanged = (crf: number) => crf;

/** Options of the encoder alone, its name first. `threads` 0 lets it choose. */
export function encoderOptions(planned: PlannedOutput, threads: number): string[] {
  const { encoder } = planned;
  const options = encoder.hardware
    ? hardwareOptions(planned, encoder.hardware)
    : softwareOptions(planned, threads);
  return ["-c:v", encoder.name, "-threads", String(threads), ...options];
}

function softwareOptions(planned: PlannedOutput, threads: number): string[] {
  const { output, encoder } = planned;
  const at = (speeds: BySpeed) => speeds[output.speed ?? "fast"];
  switch (encoder.name) {
    case "libx264":
      return ["-preset", at(X264_PRESETS), ...rate(planned, "-crf")];
    case "libx265": {
      const pools = threads === 0 ? "" : `:pools=${threads}`;
      const quiet = ["-x265-params", `log-level=error${pools}`];
      return ["-preset", at(X265_PRESETS), ...quiet, ...rate(planned, "-crf")];
    }
    case "libsvtav1":
      return ["-preset", at(SVT_PRESETS), ...rate(planned, "-crf", svtFactor)];
    case "libaom-av1":
      return ["-cpu-used", at(AOM_CPU_USED), "-row-mt", "1", ...rate(planned, "-crf")];
    case "libvpx-vp9": {
      // Beyond cpu-used 5 only the real-time mode is quicker.
      const deadline = output.speed === "fastest" ? "realtime" : "good";
      const effort = ["-deadline", deadline, "-cpu-used", at(VPX_CPU_USED), "-row-mt", "1"];
      // Without the zero it would take the factor for a bound of its default bitrate.
      return [
        ...effort,
        ...rate(planned, "-crf"),
        ...(output.crf === undefined ? [] : ["-b:v", "0"]),
      ];
    }
    case "prores_ks":
      return output.pixelFormat === "yuva444p10le"
        ? ["-profile:v", "4444", "-alpha_bits", "16", "-vendor", "apl0"]
        : ["-profile:v", "hq", "-vendor", "apl0"];
    case "ffv1":
      return ["-level", "3", "-g", "1", "-slices", "4", "-slicecrc", "1"];
    case "libwebp_anim":
      return ["-quality", String(output.quality), "-compression_level", at(WEBP_LEVELS)];
    case "apng":
    case "png":
      return ["-compression_level", at(PNG_LEVELS), "-pred", "mixed"];
    default:
      return [];
  }
}

function hardwareOptions(planned: PlannedOutput, hardware: "nvenc" | "qsv" | "vaapi"): string[] {
  const { output } = planned;
  const speed = output.speed ?? "fast";
  const av1 = output.codec === "av1";
  switch (hardware) {
    case "nvenc":
      return [
        "-preset",
        NVENC_PRESETS[speed],
        "-rc",
        "vbr",
        ...rate(planned, "-cq", (crf) => Math.max(1, av1 ? av1ToNvenc(crf) : crf)),
        // Without the zero its default bitrate would bound the quality; 0 of quality is
        // "automatic".
        ...(output.crf === undefined ? [] : ["-b:v", "0"]),
      ];
    case "qsv":
      return ["-preset", QSV_PRESETS[speed], ...rate(planned, "-global_quality")];
    case "vaapi":
      if (av1) return rate(planned, "-global_quality", av1ToVaapi);
      return [...rate(planned, "-qp"), ...(output.crf === undefined ? [] : ["-rc_mode", "CQP"])];
  }
}

/**
 * A bitrate with half as much again for a second's peak, or the constant quality under the
 * encoder's name of it.
 */
function rate({ output }: PlannedOutput, option: string, scale = unchanged): string[] {
  const { crf, bitrateKbps } = output;
  if (bitrateKbps !== undefined) {
    const peak = Math.round(1.5 * bitrateKbps);
    return ["-b:v", `${bitrateKbps}k`, "-maxrate", `${peak}k`, "-bufsize", `${peak}k`];
  }
  return crf === undefined ? [] : [option, String(scale(crf))];
}
