/** How gates and comparisons write changes: `27.4%`, `+17.2%`, `+0.020`. */

/** A fraction as a percentage with one decimal. */
export function formatPercent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)}%`;
}

/** The same, always with its sign. */
export function formatSignedPercent(fraction: number): string {
  return `${sign(fraction)}${formatPercent(fraction)}`;
}

/** A difference of scores with its sign and three decimals. */
export function formatSignedScore(difference: number): string {
  return `${sign(difference)}${difference.toFixed(3)}`;
}

/** A minus comes with the digits themselves. */
function sign(value: number): string {
  return value < 0 ? "" : "+";
}
