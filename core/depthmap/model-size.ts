/** The size at which a model sees a photo. */
import type { Size } from "../geometry/size.js";
import type { SizeRule } from "./model-contract.js";

/** Both sides are at least this many of the rule's multiple: a net that sees one row of patches sees nothing. */
const MIN_MULTIPLES = 2;

export function modelInputSize(photo: Size, rule: SizeRule): Size {
  if (rule.rule === "fixed") return { width: rule.widthPixels, height: rule.heightPixels };
  const { multiple } = rule;
  const scale = scaleOf(photo, rule);
  const side = (pixels: number) =>
    Math.max(MIN_MULTIPLES, Math.round((pixels * scale) / multiple)) * multiple;
  return { width: side(photo.width), height: side(photo.height) };
}

function scaleOf({ width, height }: Size, rule: Exclude<SizeRule, { rule: "fixed" }>): number {
  const longSide = Math.max(width, height);
  if (rule.rule === "upper") return rule.sidePixels / longSide;
  return Math.min(rule.sidePixels / Math.min(width, height), rule.maxLongSidePixels / longSide);
}

/** The rule with its sides multiplied by `factor`; undefined where the model takes one size only. */
export function scaledRule(rule: SizeRule, factor: number): SizeRule | undefined {
  if (rule.rule === "fixed") return undefined;
  const scaled = (pixels: number) =>
    Math.max(MIN_MULTIPLES, Math.round((pixels * factor) / rule.multiple)) * rule.multiple;
  const sidePixels = scaled(rule.sidePixels);
  if (rule.rule === "upper") return { ...rule, sidePixels };
  return { ...rule, sidePixels, maxLongSidePixels: scaled(rule.maxLongSidePixels) };
}
