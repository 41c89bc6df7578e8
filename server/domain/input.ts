/** Checks of input that every schema shares: JSON pointers, closed objects with suggestions, and safe open records. */
import { z } from "zod";
import type { Issue } from "./errors";
import { invalidInput } from "./errors";

/** RFC 6901: `["thresholds", "a/b"]` → `/thresholds/a~1b`. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The issues of a failed parse, each with its JSON pointer and what to write instead. */
export function issuesOf(error: z.core.$ZodError): Issue[] {
  return error.issues.map((issue) => ({ pointer: jsonPointer(issue.path), message: wordsOf(issue) }));
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/** The schema's own words where it has any; the library's in a sentence that says what to write. */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid (input|option)|Too (big|small)):/.test(issue.message)) return issue.message;
  if (issue.code === "invalid_type") {
    const wanted = TYPE_WORDS[issue.expected] ?? issue.expected;
    return issue.message.endsWith("received undefined") ? `is needed: ${wanted}` : `must be ${wanted}`;
  }
  if (issue.code === "invalid_value") {
    return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
  }
  if (issue.code === "too_big") return bound(issue.origin, "at most", issue.maximum);
  if (issue.code !== "too_small") return issue.message;
  const isEmpty = issue.origin === "string" && issue.minimum === 1;
  return isEmpty ? "must not be empty" : bound(issue.origin, "at least", issue.minimum);
}

function bound(origin: string, word: "at least" | "at most", limit: number | bigint): string {
  if (origin === "string") return `must have ${word} ${limit} characters`;
  return origin === "array" ? `must have ${word} ${limit} items` : `must be ${word} ${limit}`;
}

/**
 * Parses `input` by `schema`.
 *
 * @throws DomainError `invalid_input` naming the first issue in its message and all of them in `issues`.
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = issuesOf(result.error);
  const [first] = issues;
  const place = first === undefined || first.pointer === "" ? "" : `${first.pointer}: `;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  throw invalidInput(`${what} is not valid: ${place}${first?.message ?? "unreadable"}${more}`, issues);
}

/** An object that refuses unknown keys, each at its own pointer and with the key that was probably meant. */
export function closedObject<Shape extends z.core.$ZodShape>(shape: Shape): z.ZodObject<Shape> {
  const known = Object.keys(shape);
  const unknownKey = z.custom<never>(() => false, {
    error: (issue) => unknownKeyMessage(String(issue.path?.at(-1) ?? ""), known),
  });
  // No value passes `unknownKey`, so a parsed object has the members of `shape` and no others.
  return z.object(shape).catchall(unknownKey) as unknown as z.ZodObject<Shape>;
}

/** The input of what takes none. */
export const NoInput = closedObject({}).nullish();

/**
 * A map with free keys. `__proto__` is refused aloud: it cannot be an ordinary key of a JavaScript object, and dropping
 * a component or a threshold in silence would be worse.
 */
export function openRecord<Value extends z.ZodType>(
  key: z.ZodString,
  value: Value,
): z.ZodType<Record<string, z.output<Value>>> {
  return z.preprocess(
    (input, context) => {
      if (typeof input === "object" && input !== null && Object.hasOwn(input, "__proto__")) {
        context.addIssue({ code: "custom", path: ["__proto__"], message: "__proto__ cannot be used as a name" });
      }
      return input;
    },
    z.record(key, value),
  );
}

function unknownKeyMessage(key: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(key, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)[0];
  const keys = known.length === 0 ? "none is taken here" : `the keys here are ${known.join(", ")}`;
  const remedy = near === undefined ? keys : `did you mean ${near.candidate}?`;
  return `unknown key ${key}: ${remedy}`;
}

/** Levenshtein distance, row by row; a swap of neighbours counts as two. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replace = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
