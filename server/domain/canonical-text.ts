/**
 * Canonical text: what Python's `json.dumps(value, sort_keys=True)` writes. Release ids, fingerprints and the audit
 * chain are hashes of it, so that a Python gateway computes the same value in one line.
 */

/** A JSON value. `undefined` members of objects are left out, as in JSON. */
export type CanonicalValue =
  | string
  | number
  | boolean
  | null
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue | undefined };

/**
 * Writes `value` as canonical text: keys by code point, `", "` and `": "`, non-ASCII as `\uXXXX`.
 *
 * @throws RangeError for NaN, infinities and integers beyond 2^53 − 1, which no two languages write alike.
 */
export function canonicalText(value: CanonicalValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return canonicalString(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") return canonicalNumber(value);
  if (isArray(value)) return `[${value.map(canonicalText).join(", ")}]`;
  return canonicalObject(value);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(value: CanonicalValue): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}

function canonicalObject(value: { readonly [key: string]: CanonicalValue | undefined }): string {
  const members: string[] = [];
  for (const key of Object.keys(value).toSorted(compareCodePoints)) {
    const member = value[key];
    if (member !== undefined) members.push(`${canonicalString(key)}: ${canonicalText(member)}`);
  }
  return `{${members.join(", ")}}`;
}

/** Orders strings by Unicode code point; JavaScript's own order is by UTF-16 unit and differs beyond U+FFFF. */
export function compareCodePoints(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    // Outside the surrogates a UTF-16 unit is a code point, and nearly every key differs there.
    if (a !== b) return isSurrogate(a) || isSurrogate(b) ? compareWholeCodePoints(left, right) : a - b;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function compareWholeCodePoints(left: string, right: string): number {
  const a = Array.from(left);
  const b = Array.from(right);
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Everything outside printable ASCII is escaped per UTF-16 unit, DEL included, as Python does. */
const ESCAPED = /["\\]|[^ -~]/;
const EVERY_ESCAPED = new RegExp(ESCAPED, "g");

function canonicalString(text: string): string {
  if (!ESCAPED.test(text)) return `"${text}"`;
  const escaped = text.replaceAll(EVERY_ESCAPED, (unit) => SHORT_ESCAPES[unit] ?? unicodeEscape(unit));
  return `"${escaped}"`;
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no canonical text: use a finite number or a string`);
  if (Number.isInteger(value)) {
    if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "0" : String(value);
    throw new RangeError(`${value} is beyond 2^53 − 1: write it as a string`);
  }
  return pythonFloat(value);
}

/** `repr(float)`: the same shortest digits as JavaScript's, with an exponent below 1e-4. */
function pythonFloat(value: number): string {
  const text = String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4) return text;
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Math.abs(Number(exponent)).toString().padStart(2, "0");
  return `${digits}e-${power}`;
}
