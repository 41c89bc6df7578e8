/** `switchback audit …`: the audit log as a file, and whether its chain of hashes holds; a file needs no server. */
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT, UsageError, type ExitCode } from "@/server/cli/exit-code";
import type { Io } from "@/server/cli/io";
import { bytesWords, entriesWords, type Progress } from "@/server/cli/progress";
import { readLines, readText, TextInput } from "@/server/cli/read-input";
import type { Run, Session } from "@/server/cli/session";
import { nativeSha256 } from "@/server/control/verify-audit";
import { isSigned } from "@/server/control/checkpoint-key";
import { GENESIS_HASH, type AuditEntry } from "@/server/domain/audit/chain";
import { Checkpoint, keyFingerprint, WALK_START, walkChain } from "@/server/domain/audit/checkpoint";
import type { AuditVerifyView } from "@/server/read/audit-view";

/** Adds `audit verify` and `audit export`. */
export function addAuditCommands(program: Command, session: Session): void {
  const audit = program.command("audit").description("export and verify the audit log");
  audit
    .command("verify")
    .description("check the chain of hashes; exit 0 when it holds, 1 when it is broken")
    .argument("[file]", "an export (NDJSON), checked here; - for standard input; without it, the server checks its own")
    .option("--checkpoint <file>", "a signed checkpoint (JSON) that the file must agree with; needs a file")
    .option("--key <fingerprint>", "the fingerprint of the key that must have signed it, as you noted it")
    .option("--after-hash <hash>", "the hash of the entry before the file's first, where the file is a part")
    .action(session.action(verify));
  audit
    .command("export")
    .description("all entries as NDJSON, oldest first, in the very form that is hashed")
    .option("--after <seq>", "only entries with a greater number")
    .option("-o, --output <file>", "where to; standard output otherwise")
    .action(session.action(exportLog));
}

interface Verified {
  entries: number;
  valid: boolean;
  /** `seq` of the first entry that does not fit. */
  firstBroken: number | null;
  /** Hash of the last entry: to compare with another copy's, because a chain does not tell that its end is missing. */
  head: string;
  /** Only with `--checkpoint`. */
  checkpoint?: CheckpointVerdict;
}

interface CheckpointVerdict {
  size: number;
  time: string;
  /** SHA-256 of the signer's public key: compare it with what you noted. */
  keyFingerprint: string;
  /** `agrees`, or why not. */
  verdict: "agrees" | "bad_signature" | "other_key" | "file_too_short" | "other_history";
}

interface VerifyFlags {
  afterHash?: string;
  checkpoint?: string;
  key?: string;
}

async function verify(
  run: Run,
  { args: [file], flags }: { args: readonly [string?]; flags: VerifyFlags },
): Promise<ExitCode> {
  if (file === undefined && flags.checkpoint !== undefined) {
    throw new UsageError("--checkpoint compares an export with it: name the file, made with switchback audit export");
  }
  const verified: Verified =
    file === undefined
      ? await run.progress.during(
          "the server verifies its audit log",
          run.server.call<z.output<typeof AuditVerifyView>>({ path: "/api/v1/audit/verify" }),
        )
      : await verifyFile(run, file, flags);
  const { checkpoint } = verified;
  run.print(verified, () => [
    describe(verified),
    ...(checkpoint === undefined ? [] : [describeCheckpoint(checkpoint)]),
  ]);
  const agrees = checkpoint === undefined || checkpoint.verdict === "agrees";
  return verified.valid && agrees ? EXIT.done : EXIT.refused;
}

/** Entries verified at once: a file of any length needs no more memory than this many. */
const ENTRIES_AT_ONCE = 1_000;

async function verifyFile({ io, progress }: Run, file: string, flags: VerifyFlags): Promise<Verified> {
  const checkpoint = flags.checkpoint === undefined ? undefined : await readCheckpoint(io, flags.checkpoint);
  const options = { startHash: flags.afterHash, size: checkpoint?.size, sha256: nativeSha256 };
  const input = new TextInput(io, file);
  let walk = WALK_START;
  let entries: AuditEntry[] = [];
  const walkOn = (): void => {
    walk = walkChain(walk, entries, options);
    entries = [];
    progress.say("verifying", `${entriesWords(walk.entries)}, ${input.howFar()}`);
  };
  let lineNumber = 0;
  for await (const line of readLines(input)) {
    lineNumber += 1;
    if (line.trim() !== "") entries.push(readEntry(line, lineNumber));
    if (entries.length === ENTRIES_AT_ONCE) walkOn();
  }
  walkOn();
  if (walk.entries === 0) throw new UsageError(`${file} holds no entry: make one with switchback audit export`);
  const { valid, firstBroken } = walk;
  return {
    entries: walk.entries,
    valid,
    firstBroken: firstBroken ?? null,
    head: walk.head ?? GENESIS_HASH,
    ...(checkpoint === undefined
      ? {}
      : { checkpoint: judge(checkpoint, { found: walk.atCheckpoint, key: flags.key }) }),
  };
}

/** One checkpoint, or the newest of a list as the server gives it. */
async function readCheckpoint(io: Io, file: string): Promise<Checkpoint> {
  const document = parseJson(await readText(io, file));
  const parsed = z.union([Checkpoint, z.object({ items: z.array(Checkpoint).min(1) })]).safeParse(document);
  if (!parsed.success) {
    throw new UsageError(`${file} holds no checkpoint: it must be an item of GET /api/v1/audit/checkpoints, as JSON`);
  }
  const [newest] = "items" in parsed.data ? parsed.data.items : [parsed.data];
  if (newest === undefined) throw new UsageError(`${file} holds no checkpoint`);
  return newest;
}

function judge(
  checkpoint: Checkpoint,
  { found, key }: { found: string | undefined; key: string | undefined },
): CheckpointVerdict {
  const fingerprint = keyFingerprint(checkpoint.publicKey);
  const verdict = (): CheckpointVerdict["verdict"] => {
    if (!isSigned(checkpoint)) return "bad_signature";
    if (key !== undefined && key.toLowerCase() !== fingerprint) return "other_key";
    if (found === undefined) return "file_too_short";
    return found === checkpoint.hash ? "agrees" : "other_history";
  };
  return { size: checkpoint.size, time: checkpoint.time, keyFingerprint: fingerprint, verdict: verdict() };
}

const VERDICT_WORDS: Readonly<Record<CheckpointVerdict["verdict"], string>> = {
  agrees: "The file agrees with the checkpoint",
  bad_signature: "The checkpoint's signature is not that of the key it names: it was changed",
  other_key: "The checkpoint was signed by another key than the one you noted",
  file_too_short: "The file has no entry with the checkpoint's number: its end is missing, or it is a part",
  other_history: "The file tells another history than the one that was signed",
};

function describeCheckpoint({ size, time, keyFingerprint: fingerprint, verdict }: CheckpointVerdict): string {
  return `${VERDICT_WORDS[verdict]} (entry ${size}, signed ${time} by key ${fingerprint}).`;
}

/** Only what a place in the chain needs; the rest of an entry is covered by its hash, whatever it is. */
const Entry = z.looseObject({ seq: z.number().int(), prevHash: z.string(), hash: z.string() });

function readEntry(line: string, lineNumber: number): AuditEntry {
  const parsed = Entry.safeParse(parseJson(line));
  if (!parsed.success) {
    throw new UsageError(
      `line ${lineNumber} is not an audit entry: the file must be an export of the audit log (NDJSON)`,
    );
  }
  // What else an entry should hold is what verifying its hash finds out.
  return parsed.data as unknown as AuditEntry;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function describe({ entries, valid, firstBroken, head }: Verified): string {
  return valid
    ? `The chain holds: ${entries} entries, the last with hash ${head}.`
    : `The chain is broken at entry ${firstBroken}: it, or the one before, was changed, dropped or put in.`;
}

async function exportLog(
  { server, io, progress }: Run,
  { flags }: { flags: { after?: string; output?: string } },
): Promise<void> {
  const lines = server.stream({ path: "/api/v1/audit/export", query: { after: flags.after } });
  if (flags.output !== undefined) {
    await pipeline(told(lines, progress), createWriteStream(flags.output));
    return;
  }
  for await (const chunk of lines) io.out(chunk);
}

async function* told(lines: AsyncIterable<string>, progress: Progress): AsyncGenerator<string> {
  let bytes = 0;
  for await (const chunk of lines) {
    bytes += Buffer.byteLength(chunk);
    progress.say("exporting", bytesWords(bytes));
    yield chunk;
  }
}
