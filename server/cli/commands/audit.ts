/** `switchback audit …`: the audit log as a file, and whether its chain of hashes holds; a file needs no server. */
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT, UsageError, type ExitCode } from "@/server/cli/exit-code";
import { readText } from "@/server/cli/read-input";
import type { Run, Session } from "@/server/cli/session";
import { GENESIS_HASH, verifyChain, type AuditEntry } from "@/server/domain/audit/chain";
import type { AuditVerifyView } from "@/server/read/audit-view";

/** Adds `audit verify` and `audit export`. */
export function addAuditCommands(program: Command, session: Session): void {
  const audit = program.command("audit").description("export and verify the audit log");
  audit
    .command("verify")
    .description("check the chain of hashes; exit 0 when it holds, 1 when it is broken")
    .argument("[file]", "an export (NDJSON), checked here; - for standard input; without it, the server checks its own")
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
}

async function verify(
  run: Run,
  { args: [file], flags }: { args: readonly [string?]; flags: { afterHash?: string } },
): Promise<ExitCode> {
  const verified =
    file === undefined
      ? await run.server.call<z.output<typeof AuditVerifyView>>({ path: "/api/v1/audit/verify" })
      : verifyText(await readText(run.io, file), { file, afterHash: flags.afterHash });
  run.print(verified, () => [describe(verified)]);
  return verified.valid ? EXIT.done : EXIT.refused;
}

function verifyText(text: string, { file, afterHash }: { file: string; afterHash: string | undefined }): Verified {
  const entries = text.split("\n").flatMap((line, index) => (line.trim() === "" ? [] : [readEntry(line, index + 1)]));
  if (entries.length === 0) throw new UsageError(`${file} holds no entry: make one with switchback audit export`);
  const { valid, firstBroken } = verifyChain(entries, afterHash);
  const head = entries.at(-1)?.hash ?? GENESIS_HASH;
  return { entries: entries.length, valid, firstBroken: firstBroken ?? null, head };
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

async function exportLog(run: Run, { flags }: { flags: { after?: string; output?: string } }): Promise<void> {
  const lines = run.server.stream({ path: "/api/v1/audit/export", query: { after: flags.after } });
  if (flags.output !== undefined) {
    await pipeline(lines, createWriteStream(flags.output));
    return;
  }
  for await (const chunk of lines) run.io.out(chunk);
}
