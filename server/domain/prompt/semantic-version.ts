/** Semantic versions as prompts carry them: `2.8`, `2.8.1`, `3.0.0-rc.1`. */

const VERSION =
  /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:\.(0|[1-9]\d{0,8}))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

export interface SemanticVersion {
  readonly numbers: readonly [major: number, minor: number, patch: number];
  /** The parts after `-`; empty for a final version. */
  readonly preRelease: readonly string[];
}

/** Undefined for anything else. The patch may be left out; what follows `+` does not count. */
export function parseVersion(text: string): SemanticVersion | undefined {
  const [, major, minor, patch, pre] = VERSION.exec(text) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return {
    numbers: [Number(major), Number(minor), Number(patch ?? 0)],
    preRelease: pre === undefined ? [] : pre.split("."),
  };
}

/** Below 0 when `left` is older, as semver.org 2.0.0 §11 orders them. */
export function compareVersions(left: SemanticVersion, right: SemanticVersion): number {
  for (const index of [0, 1, 2] as const) {
    const difference = left.numbers[index] - right.numbers[index];
    if (difference !== 0) return difference;
  }
  return comparePreReleases(left.preRelease, right.preRelease);
}

function comparePreReleases(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 || right.length === 0) return right.length - left.length;
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = compareParts(left[index] ?? "", right[index] ?? "");
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Numbers by value and before words, words by code unit. */
function compareParts(left: string, right: string): number {
  const [leftIsNumber, rightIsNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
  if (leftIsNumber && rightIsNumber) return Number(left) - Number(right);
  if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1;
  return left === right ? 0 : left < right ? -1 : 1;
}
