/** `switchback doctor`: what the intake would make of a file, by the same code, without a server. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { DomainError } from "@/server/domain/errors";
import { capitalised } from "@/server/domain/words/sentence";
import { ControlFacts } from "@/server/store/sqlite/control-facts";
import type { DoctorRecord, DoctorReport } from "@/server/telemetry/doctor/doctor-report";
import { examine } from "@/server/telemetry/doctor/examine";
import type { RecordFacts } from "@/server/telemetry/record-facts";
import { EXIT, UsageError, type ExitCode } from "@/server/cli/exit-code";
import { readBytes } from "@/server/cli/read-input";
import type { Run, Session } from "@/server/cli/session";
import { table } from "@/server/cli/table";

/** What the intake takes in one body unless it is set otherwise. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Adds `doctor`. */
export function addDoctorCommand(program: Command, session: Session): void {
  program
    .command("doctor")
    .description("what the intake would make of a file of telemetry; nothing is sent or stored")
    .argument("<file>", "OTLP traces or logs, spans, requests or scores; gzip or not; - for standard input")
    .option("--application <app>", "whose a span is that comes without its resource")
    .addHelpText(
      "after",
      "\nExit code: 0 something would be stored and nothing refused, 1 a record refused or nothing to store, 2 unreadable.\nWith an installation in --data-dir its applications, releases and own keys are known.",
    )
    .action(session.action(examineFile));
}

async function examineFile(
  { io, dataDir, print }: Run,
  { args: [file], flags }: { args: readonly [string]; flags: { application?: string } },
): Promise<ExitCode> {
  const bytes = await readBytes(io, file);
  const report = withFacts(dataDir, (facts) => {
    try {
      return examine(bytes, { facts, nowMs: io.nowMs(), maxBytes: MOST_BYTES, ...flags });
    } catch (error) {
      // Not to be read is no answer to the question, whatever a server would call it.
      throw error instanceof DomainError ? new UsageError(`${file}: ${error.message}`) : error;
    }
  });
  print(report, () => lines(report));
  const { request, score, refused } = report.counts;
  return request + score > 0 && refused === 0 ? EXIT.done : EXIT.refused;
}

/** What the data directory's installation knows, or nothing where there is none. */
function withFacts<T>(dataDir: string, work: (facts: RecordFacts) => T): T {
  const path = join(dataDir, "control.db");
  if (!existsSync(path)) return work(NOTHING_KNOWN);
  const facts = new ControlFacts(path);
  try {
    facts.refresh();
    return work(facts);
  } finally {
    facts.close();
  }
}

const NOTHING_KNOWN: RecordFacts = {
  segmentKeys: () => ["region", "tenant"],
  telemetryKeys: () => undefined,
  storesContent: () => false,
  applicationOf: () => undefined,
  resolveRelease: () => ({ releaseId: null, source: "unknown" }),
};

function lines({ form, sentence, remarks, records, recordsLeftOut }: DoctorReport): string[] {
  return [
    `${form}. ${sentence}`,
    ...remarks,
    ...records.flatMap(recordLines),
    ...(recordsLeftOut === 0 ? [] : ["", `${recordsLeftOut} more records are counted and not shown.`]),
  ].map(printable);
}

function recordLines(record: DoctorRecord): string[] {
  const { index, title, outcome, why, conventions, fields, missing, problems, unused } = record;
  const rows = fields.map(({ label, value, key, note }) => [label, value, key ?? "—", note ?? ""]);
  return [
    "",
    `${index + 1}. ${title}: ${outcome.replace("_", " ")}`,
    `   ${why}`,
    ...(conventions.length === 0 ? [] : [`   Conventions: ${conventions.join(", ")}`]),
    ...(rows.length === 0 ? [] : table(["field", "value", "from", ""], rows).map(indented)),
    ...problems.map(
      ({ key, problem, remedy }) => `   ! ${key === null ? "" : `${key}: `}${problem}. ${capitalised(remedy)}.`,
    ),
    ...missing.map((gap) => `   - no ${gap.label}: ${gap.consequence}. ${capitalised(gap.remedy)}.`),
    ...unused.map(({ key, why: reason }) => `   · ${key}: ${reason}`),
  ];
}

function indented(line: string): string {
  return `   ${line}`;
}

/** A terminal obeys control characters: what came from a file must not steer it. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, " ");
}
