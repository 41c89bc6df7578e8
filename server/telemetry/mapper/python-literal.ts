/**
 * Reads what Python's `str()` makes of a dict: single quotes, `True`, `None`. Some gateways write their metadata so. Only
 * one flat level is of use, so nested values are passed over; anything else gives nothing.
 */

const PAIR = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*:\s*/y;
const STRING = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;
const WORD = /True|False|None|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/y;
const SEPARATOR = /\s*(,|\})\s*/y;
const LONGEST = 16_384;

/** The scalar members of a metadata text, JSON or Python; undefined when it is neither. */
export function readMetadata(text: string): Map<string, string | number | boolean> | undefined {
  if (text.length > LONGEST || !text.trimStart().startsWith("{")) return undefined;
  return readJson(text) ?? readPython(text);
}

function readJson(text: string): Map<string, string | number | boolean> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const members = new Map<string, string | number | boolean>();
  if (typeof parsed !== "object" || parsed === null) return members;
  for (const [key, value] of Object.entries(parsed)) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") members.set(key, value);
  }
  return members;
}

function readPython(text: string): Map<string, string | number | boolean> | undefined {
  const members = new Map<string, string | number | boolean>();
  let at = text.indexOf("{") + 1;
  for (;;) {
    const pair = match(PAIR, text, at);
    if (pair === null) return members.size > 0 ? members : undefined;
    at += pair[0].length;
    const value = readValue(text, at);
    if (value.value !== undefined) members.set(unescape(pair[1] ?? pair[2] ?? ""), value.value);
    const separator = match(SEPARATOR, text, value.end);
    if (separator === null || separator[1] === "}") return members;
    at = value.end + separator[0].length;
  }
}

function readValue(text: string, at: number): { value: string | number | boolean | undefined; end: number } {
  const quoted = match(STRING, text, at);
  if (quoted !== null) return { value: unescape(quoted[1] ?? quoted[2] ?? ""), end: at + quoted[0].length };
  const word = match(WORD, text, at);
  if (word !== null) return { value: wordValue(word[0]), end: at + word[0].length };
  return { value: undefined, end: endOfNested(text, at) };
}

function wordValue(word: string): number | boolean | undefined {
  if (word === "True") return true;
  if (word === "False") return false;
  return word === "None" ? undefined : Number(word);
}

/** Where a list, dict or object of another kind ends: at the comma or brace of its own level. */
function endOfNested(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const unit = text[i];
    if (unit === "[" || unit === "{" || unit === "(") depth += 1;
    else if (unit === "]" || unit === ")" || (unit === "}" && depth > 0)) depth -= 1;
    else if (depth === 0 && (unit === "," || unit === "}")) return i;
  }
  return text.length;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, unit: string) => (unit === "n" ? "\n" : unit === "t" ? "\t" : unit));
}
