/** Points of the normal and of Student's t distribution, for intervals that are looked at once. */

/** Upper point of the standard normal: `P(Z > z) = tail` for `tail` in (0, 0.5] (Acklam 2003, relative error 1.2e-9). */
export function normalUpperPoint(tail: number): number {
  if (!(tail > 0 && tail <= 0.5)) throw new RangeError(`a tail lies in (0, 0.5], not ${tail}`);
  if (tail < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(tail));
    return -(polynomial(C, q) / polynomial(D, q));
  }
  const q = 0.5 - tail;
  const r = q * q;
  return (polynomial(A, r) * q) / polynomial(B, r);
}

/** Coefficients of Acklam's rational approximation, highest power first. */
const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/**
 * Two-sided point of Student's t: `P(|T| > t) = alpha` with `degrees` ≥ 1 degrees of freedom, which need not be whole
 * (Hill 1970, algorithm 396).
 */
export function studentPoint(alpha: number, degrees: number): number {
  if (degrees < 1) throw new RangeError(`Student's t needs 1 degree of freedom, not ${degrees}`);
  if (degrees === 1) return 1 / Math.tan((alpha * Math.PI) / 2);
  if (degrees === 2) return Math.sqrt(2 / (alpha * (2 - alpha)) - 2);
  const a = 1 / (degrees - 0.5);
  const b = 48 / (a * a);
  const c = ((20_700 * a) / b - 98) * a * a - 16 * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * degrees;
  const y = (d * alpha) ** (2 / degrees);
  return Math.sqrt(degrees * (y > 0.05 + a ? nearNormal(alpha, degrees, { a, b, c, d }) : farTail(y, degrees, d)));
}

function nearNormal(
  alpha: number,
  degrees: number,
  { a, b, c: start, d }: { a: number; b: number; c: number; d: number },
): number {
  const x = -normalUpperPoint(alpha / 2);
  const y = x * x;
  const first = degrees < 5 ? start + 0.3 * (degrees - 4.5) * (x + 0.6) : start;
  const c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + first;
  const z = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
  return Math.expm1(a * z * z);
}

function farTail(y: number, degrees: number, d: number): number {
  const inner = 1 / (((degrees + 6) / (degrees * y) - 0.089 * d - 0.822) * (degrees + 2) * 3) + 0.5 / (degrees + 4);
  return ((inner * y - 1) * (degrees + 1)) / (degrees + 2) + 1 / y;
}
