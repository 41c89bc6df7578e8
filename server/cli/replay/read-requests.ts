/** Reads Request records, one JSON object a line, checked as the intake checks them. A wrong line stops the reading. */
import { UsageError } from "@/server/cli/exit-code";
import { parseRequestRecord, type RequestRecord } from "@/server/domain/request/request-record";
import { Recent } from "./recent";

/** Requests back to which a repeated id is recognised, at least; twice as many at most. */
const REMEMBERED = 500_000;

/**
 * Gives every request to `take`, a repeated id's first record only, and returns how many it gave.
 *
 * @param chunks UTF-8 text in pieces that may end anywhere; after each, `onProgress` is told how many were given so far.
 * @throws UsageError naming the line, the member and what it must be.
 */
export async function readRequests(
  chunks: AsyncIterable<string>,
  {
    take,
    onProgress,
  }: { take: (record: RequestRecord) => void; onProgress?: ((requests: number) => void) | undefined },
): Promise<number> {
  const seen = new Map<string, Recent<true>>();
  let lineNumber = 0;
  let given = 0;
  const line = (text: string): void => {
    lineNumber += 1;
    if (text === "" || text.trim() === "") return;
    const record = readLine(text, lineNumber);
    const application = record.application ?? "";
    let ids = seen.get(application);
    if (ids === undefined) seen.set(application, (ids = new Recent(REMEMBERED)));
    if (ids.get(record.requestId) !== undefined) return;
    ids.set(record.requestId, true);
    given += 1;
    take(record);
  };
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) line(text);
    onProgress?.(given);
  }
  line(rest);
  return given;
}

function readLine(text: string, lineNumber: number): RequestRecord {
  const parsed = parseRequestRecord(parseJson(text, lineNumber), Number.NaN);
  if (!parsed.ok) {
    const complaints = parsed.issues.map(({ pointer, message }) => `${pointer === "" ? "" : `${pointer}: `}${message}`);
    throw new UsageError(`line ${lineNumber} is not a Request record: ${complaints.join("; ")}`);
  }
  if (Number.isNaN(parsed.record.timeMs)) {
    throw new UsageError(
      `line ${lineNumber} has no /time: a replay runs in the time of its data, e.g. "time":"2026-04-10T12:00:00.000Z"`,
    );
  }
  return parsed.record;
}

function parseJson(text: string, lineNumber: number): unknown {
  try {
    return JSON.parse(lineNumber === 1 ? text.replace(/^\uFEFF/, "") : text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`line ${lineNumber} is not JSON (${why}): write one Request record a line (NDJSON)`);
  }
}
