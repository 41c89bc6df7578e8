/** YAML as Switchback reads it from git: with or without types, and with the line of what is wrong. */
import { LineCounter, parseAllDocuments } from "yaml";
import { errorIn, type Finding } from "@/server/domain/gitops/finding";

/**
 * Parses one document.
 *
 * @param scalars `text`: every scalar is a string, so that `1.10` stays `1.10`; `typed`: YAML 1.2 core.
 */
export function readYaml(
  path: string,
  content: string,
  scalars: "text" | "typed",
): { value?: unknown; findings: Finding[] } {
  const lines = new LineCounter();
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    schema: scalars === "text" ? "failsafe" : "core",
  } as const;
  const parsed = parseAllDocuments(content, options);
  // An empty stream is a marked empty array.
  const documents = Array.isArray(parsed) ? [...parsed] : [];
  const [document] = documents;
  if (document === undefined) return { value: null, findings: [] };
  if (documents.length > 1) {
    return { findings: [errorIn(path, "yaml_invalid", { message: "holds several documents: keep one per file" })] };
  }
  const findings = document.errors.map(({ message, pos }) =>
    errorIn(path, "yaml_invalid", { message, line: lines.linePos(pos[0]).line }),
  );
  return findings.length > 0 ? { findings } : { value: document.toJS({ maxAliasCount: 100 }), findings };
}
