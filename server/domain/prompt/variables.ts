/**
 * The variables of a prompt's text: `{{ question }}`, `{{ user.name | upper }}`, `{{#items}}…{{/items}}` and what
 * `{% for … %}`, `{% if … %}` and `{% set … %}` use. Single braces are text: prompts quote JSON.
 */

/** A variable that the text uses, where it is used first. */
export interface UsedVariable {
  readonly name: string;
  /** Line of the text, from 1. */
  readonly line: number;
}

const TAG = /\{\{\{?([^{}]*)\}\}\}?|\{%-?([^%]*)%\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;
const WORDS = new Set([
  "if",
  "elif",
  "else",
  "endif",
  "for",
  "in",
  "endfor",
  "set",
  "not",
  "and",
  "or",
  "is",
  "true",
  "false",
]);
/** Names that a template language gives by itself. */
const GIVEN = new Set(["this", "loop", "true", "false", "none", "null"]);

/** Every variable used, each once, in order of first use. What the text itself binds (a loop's item) is not one. */
export function usedVariables(text: string): UsedVariable[] {
  const used = new Map<string, number>();
  const bound = new Set<string>();
  for (const match of text.matchAll(TAG)) {
    const names = match[1] === undefined ? statementNames(match[2] ?? "", bound) : expressionNames(match[1]);
    for (const name of names) {
      if (GIVEN.has(name.toLowerCase()) || bound.has(name) || used.has(name)) continue;
      used.set(name, lineAt(text, match.index));
    }
  }
  return [...used].map(([name, line]) => ({ name, line }));
}

/** `user.name | upper` uses `user`; comments, partials, ends of sections and literals use nothing. */
function expressionNames(expression: string): string[] {
  const inner = expression.trim();
  if (/^[!>/]/.test(inner)) return [];
  const name = NAME.exec(inner.replace(/^[#^&~-]\s*(?:(?:each|if|unless|with)\s+)?/, ""))?.[0];
  return name === undefined || inner === "else" ? [] : [name];
}

/** `for item in items` uses `items` and binds `item`; `set x = y` uses `y` and binds `x`. */
function statementNames(statement: string, bound: Set<string>): string[] {
  const inner = statement.replaceAll(/"[^"]*"|'[^']*'/g, " ").trim();
  const [, loop, over] = /^for\s+([\w\s,]+?)\s+in\s+(.+)$/s.exec(inner) ?? [];
  const [, set, value] = /^set\s+(\w+)\s*=\s*(.+)$/s.exec(inner) ?? [];
  for (const name of (loop ?? set ?? "").split(",")) if (name.trim() !== "") bound.add(name.trim());
  const source = over ?? value ?? inner;
  return [...source.matchAll(/(?<![\w.]|\|\s*)[A-Za-z_]\w*/g)].map(([name]) => name).filter((name) => !WORDS.has(name));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** The text with values in place of plain `{{ name }}`; whatever has no value stays as it is. */
export function renderText(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{\s*([A-Za-z_]\w*)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}
