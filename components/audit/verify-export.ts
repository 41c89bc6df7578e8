/** Recomputes the whole audit chain in the browser from the export, entry by entry as it streams in. */
import { GENESIS_HASH, verifyChain, type AuditEntry } from "@/server/domain/audit/chain";

export interface BrowserVerification {
  entries: number;
  valid: boolean;
  firstBroken: number | null;
  /** Hash of the newest entry. */
  head: string;
  /** Hashes of the wanted entries, by `seq`; without those that the export does not hold. */
  hashAt: ReadonlyMap<number, string>;
}

/** Entries that are hashed between two pauses, in which the page stays usable. */
const SLICE = 250;

/**
 * @param onProgress called with the entries verified so far.
 * @param wanted the `seq` of entries whose hashes are asked for.
 * @throws Error when the export cannot be read or holds something that is no entry.
 */
export async function verifyExport(
  fetchExport: () => Promise<Response>,
  onProgress: (entries: number) => void,
  wanted: readonly number[] = [],
): Promise<BrowserVerification> {
  const response = await fetchExport();
  if (!response.ok || response.body === null) throw new Error(`the export was refused with status ${response.status}`);
  const hashAt = new Map<number, string>();
  const result: BrowserVerification = { entries: 0, valid: true, firstBroken: null, head: GENESIS_HASH, hashAt };
  for await (const slice of slicesOf(response.body)) {
    // The first slice must begin at the first entry; each later one where the last one ended.
    const checked = verifyChain(slice, result.entries === 0 ? undefined : result.head);
    if (!checked.valid && result.firstBroken === null) result.firstBroken = checked.firstBroken ?? result.entries + 1;
    result.valid &&= checked.valid;
    result.entries += slice.length;
    noteHashes(slice, wanted, hashAt);
    result.head = slice.at(-1)?.hash ?? result.head;
    onProgress(result.entries);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return result;
}

function noteHashes(slice: readonly AuditEntry[], wanted: readonly number[], hashAt: Map<number, string>): void {
  for (const { seq, hash } of slice) if (wanted.includes(seq)) hashAt.set(seq, hash);
}

async function* slicesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<AuditEntry[]> {
  let slice: AuditEntry[] = [];
  for await (const line of linesOf(body)) {
    slice.push(parseEntry(line));
    if (slice.length === SLICE) {
      yield slice;
      slice = [];
    }
  }
  if (slice.length > 0) yield slice;
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield line;
    if (done) break;
  }
  if (rest !== "") yield rest;
}

function parseEntry(line: string): AuditEntry {
  const parsed: unknown = JSON.parse(line);
  const isEntry =
    typeof parsed === "object" && parsed !== null && "seq" in parsed && "hash" in parsed && "prevHash" in parsed;
  if (!isEntry) throw new Error("a line of the export is not an audit entry");
  // The chain's own check covers every other member: a wrong one gives another hash.
  return parsed as AuditEntry;
}
