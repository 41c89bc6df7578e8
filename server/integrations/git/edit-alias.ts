/**
 * Changes one alias in a manifest and nothing else: comments, quotes, spaces and line ends stay as a person wrote them.
 * What it cannot change so, it refuses.
 */
import { isAlias, isMap, isScalar, parseAllDocuments, stringify, type Document, type Scalar } from "yaml";

/** The manifest with the new value, or why it cannot be edited. */
export type AliasEdit = { readonly content: string } | { readonly problem: string };

/** Sets the value at `keys` (`aliases`, `production`) to `value`. The key must exist. */
export function editAlias(content: string, { keys, value }: { keys: readonly string[]; value: string }): AliasEdit {
  const before = parseOne(content);
  if (typeof before === "string") return { problem: before };
  const node = scalarAt(before, keys);
  if (typeof node === "string") return { problem: node };
  const [start, end] = node.range ?? [0, 0];
  const edited = content.slice(0, start) + written(node, value) + content.slice(end);
  const after = parseOne(edited);
  if (typeof after === "string" || !differsOnlyAt(keys, { before, after, value })) {
    return { problem: `${keys.join(".")} cannot be changed without changing more: edit it by hand` };
  }
  return { content: edited };
}

function parseOne(content: string): Document.Parsed | string {
  const parsed = parseAllDocuments(content, { schema: "failsafe", prettyErrors: false });
  const documents = Array.isArray(parsed) ? [...parsed] : [];
  const [document] = documents;
  if (document === undefined || documents.length > 1) return "it does not hold one YAML document";
  const [error] = document.errors;
  return error === undefined ? document : `it is not valid YAML: ${error.message}`;
}

/** The scalar that is written at the keys themselves: not one that an alias or a merge brings there. */
function scalarAt(document: Document.Parsed, keys: readonly string[]): Scalar.Parsed | string {
  let node: unknown = document.contents;
  for (const key of keys) {
    if (!isMap(node)) return `${keys.join(".")} is not there as written`;
    if (node.items.some((pair) => isScalar(pair.key) && pair.key.value === "<<")) {
      return "it merges maps (<<): edit it by hand";
    }
    node = node.get(key, true);
  }
  if (isAlias(node)) return `${keys.join(".")} is a reference (*): edit it by hand`;
  if (!isScalar(node)) return `${keys.join(".")} is not there as written`;
  const scalar = node as Scalar.Parsed;
  if (scalar.anchor !== undefined || scalar.tag !== undefined)
    return `${keys.join(".")} carries an anchor or a tag: edit it by hand`;
  if (scalar.type === "BLOCK_FOLDED" || scalar.type === "BLOCK_LITERAL")
    return `${keys.join(".")} is a block of text: edit it by hand`;
  return scalar;
}

/** In the quotes of the old value; plain where that was plain and no reader takes the new one for a number. */
function written({ type }: Scalar.Parsed, value: string): string {
  if (type === "QUOTE_SINGLE") return `'${value.replaceAll("'", "''")}'`;
  if (type === "QUOTE_DOUBLE") return JSON.stringify(value);
  return stringify(value, { lineWidth: 0 }).trim();
}

function differsOnlyAt(
  keys: readonly string[],
  { before, after, value }: { before: Document.Parsed; after: Document.Parsed; value: string },
): boolean {
  if (after.getIn(keys) !== value) return false;
  const expected = before.clone();
  expected.setIn(keys, value);
  return JSON.stringify(expected.toJS()) === JSON.stringify(after.toJS());
}
