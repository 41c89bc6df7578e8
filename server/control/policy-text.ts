/**
 * A policy as people write it, YAML or JSON text: what it says, or every complaint at its line and column with what to
 * write instead. Comments and order are the text's alone; the version is that of the content.
 */
import { Document, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Pair } from "yaml";
import { DomainError, invalidInput, type Issue } from "@/server/domain/errors";
import type { PolicyName } from "@/server/domain/ids";
import { parsePolicy, type Policy } from "@/server/domain/policy/policy";

/** The longest text that is read, characters: a policy has tens of lines. */
export const POLICY_TEXT_LIMIT = 200_000;

/** Times that an alias (`*name`) may be repeated: a small text must not become a large document. */
const MAX_ALIASES = 50;

export interface PolicyContent {
  readonly document: Record<string, unknown>;
  readonly policy: Policy;
}

export interface PolicyTextOptions {
  /** The name it is put under; without it, the text's own. */
  readonly name?: PolicyName | undefined;
  /** What a text without a name goes by, where it is put under none. */
  readonly fallbackName?: PolicyName;
  /** What else is wrong with a readable policy: its places are found like all others. */
  readonly furtherIssues?: (content: PolicyContent) => readonly Issue[];
}

/** @throws DomainError `invalid_input`; each issue has its pointer, its line and its column. */
export function readPolicyText(text: string, options: PolicyTextOptions = {}): PolicyContent {
  const { furtherIssues, fallbackName } = options;
  const lines = new LineCounter();
  const source = parseText(text, lines);
  const document = toMap(source);
  const name = options.name ?? (document["name"] === undefined ? fallbackName : undefined);
  const withPlaces = (issues: readonly Issue[]): DomainError =>
    refused(issues.map((issue) => ({ ...issue, ...placeOf(source, lines, issue) })));
  const content = { document, policy: readDocument(document, { name, withPlaces }) };
  const further = furtherIssues?.(content) ?? [];
  if (further.length > 0) throw withPlaces(further);
  return content;
}

function readDocument(
  document: Record<string, unknown>,
  { name, withPlaces }: { name: PolicyName | undefined; withPlaces: (issues: readonly Issue[]) => DomainError },
): Policy {
  try {
    return parsePolicy(document, name);
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "invalid_input") throw error;
    throw withPlaces(error.issues);
  }
}

/** The text of a document that came without one, as people write it: one line a threshold, a gate and a step. */
export function policyTextOf(document: Record<string, unknown>): string {
  const written = new Document(document);
  for (const key of ["thresholds", "gates", "steps", "segments"]) {
    const part = written.get(key);
    if (key === "segments" && isSeq(part)) part.flow = true;
    else if (isMap(part)) for (const { value } of part.items) setFlow(value);
    else if (isSeq(part)) for (const item of part.items) setFlow(item);
  }
  return written.toString({ lineWidth: 0 });
}

function setFlow(node: unknown): void {
  if (isMap(node) || isSeq(node)) node.flow = true;
}

function parseText(text: string, lineCounter: LineCounter): Document.Parsed {
  if (text.length > POLICY_TEXT_LIMIT) {
    throw refused([{ pointer: "", message: `has more than ${POLICY_TEXT_LIMIT} characters` }]);
  }
  const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false });
  // An empty stream is a marked empty array.
  const [source, second] = Array.isArray(parsed) ? parsed : [];
  if (source === undefined) {
    throw refused([{ pointer: "", message: "is empty: a policy has thresholds, steps or gates", line: 1, column: 1 }]);
  }
  if (second !== undefined) {
    const place = positionOf(lineCounter, second.range[0]);
    throw refused([{ pointer: "", message: "holds a second document: put one policy at a time", ...place }]);
  }
  if (source.errors.length > 0) {
    throw refused(
      source.errors.map(({ message, pos }) => ({ pointer: "", message, ...positionOf(lineCounter, pos[0]) })),
    );
  }
  return source;
}

function toMap(source: Document.Parsed): Record<string, unknown> {
  let document: unknown;
  try {
    document = source.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    // Too many aliases, or one without its anchor.
    if (!(error instanceof ReferenceError)) throw error;
    throw refused([{ pointer: "", message: error.message, line: 1, column: 1 }]);
  }
  if (typeof document === "object" && document !== null && !Array.isArray(document)) {
    return document as Record<string, unknown>;
  }
  const message = "must be a map, e.g. thresholds: { error_rate: { max: 0.02, action: rollback } }";
  throw refused([{ pointer: "", message, line: 1, column: 1 }]);
}

/** Where the value that a pointer names stands; of an unknown key, or of a part, its key; of what is missing, its parent. */
function placeOf(source: Document.Parsed, lines: LineCounter, issue: Issue): { line: number; column: number } {
  let node: unknown = source.contents;
  let offset = rangeStart(node) ?? 0;
  const steps = issue.pointer.split("/").slice(1);
  for (const [index, step] of steps.entries()) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    const found = childOf(node, key);
    if (found === undefined) break;
    const isLast = index === steps.length - 1;
    const isValue = isLast && isScalar(found.value) && !issue.message.startsWith("unknown key");
    offset = rangeStart(isValue ? found.value : (found.key ?? found.value)) ?? offset;
    node = found.value;
  }
  return positionOf(lines, offset);
}

function childOf(node: unknown, key: string): { key?: unknown; value: unknown } | undefined {
  if (isMap(node)) {
    return node.items.find((pair: Pair) => String(isScalar(pair.key) ? pair.key.value : pair.key) === key);
  }
  return isSeq(node) && /^\d+$/.test(key) && Number(key) < node.items.length
    ? { value: node.items[Number(key)] }
    : undefined;
}

function rangeStart(node: unknown): number | undefined {
  const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
  return Array.isArray(range) && typeof range[0] === "number" ? range[0] : undefined;
}

function positionOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  // A text without a first character has no first line yet.
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function refused(issues: readonly Issue[]): DomainError {
  const [first] = issues;
  const place = first?.line === undefined ? "" : `line ${first.line}, column ${first.column}: `;
  const pointer = first === undefined || first.pointer === "" ? "" : `${first.pointer}: `;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return invalidInput(`the policy is not valid: ${place}${pointer}${first?.message ?? "unreadable"}${more}`, issues);
}
