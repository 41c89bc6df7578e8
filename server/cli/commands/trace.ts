/** `switchback trace`: from one request id to the release that served it. */
import type { Command } from "commander";
import type { z } from "zod";
import type { Run, Session } from "@/server/cli/session";
import { table } from "@/server/cli/table";
import type { RequestTraceView } from "@/server/read/request-trace-view";

/** As the server sends it: times are text. */
type Trace = z.output<typeof RequestTraceView>;

/** Adds `trace`. */
export function addTraceCommand(program: Command, session: Session): void {
  program
    .command("trace")
    .description("what exactly served this request, and what changed since it was last good")
    .argument("<request-id>", "the gateway's id of the request")
    .option("--application <app>", "when several applications use the same ids")
    .action(session.action(trace));
}

async function trace(
  { server, print }: Run,
  { args: [requestId], flags }: { args: readonly [string]; flags: { application?: string } },
): Promise<void> {
  const found = await server.call<Trace>({
    path: `/api/v1/requests/${encodeURIComponent(requestId)}`,
    query: { application: flags.application },
  });
  print(found, () => describe(found));
}

function describe(found: Trace): string[] {
  const { request, release, sentence } = found;
  const known: readonly (readonly [string, string | null | undefined])[] = [
    ["time", request.time],
    ["track", request.track],
    ["region", request.region],
    ["status", request.status],
    ["release", request.releaseId],
    ["commit", release?.ref.gitCommit],
    ["author", release?.ref.author],
  ];
  const facts = known.flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, value]]));
  return [
    sentence,
    ...table(["request", request.requestId], facts),
    ...section("served by", Object.entries(release?.components ?? {})),
    ...section("changed since last known good", changesOf(found)),
    ...section("most suspect first", suspectsOf(found)),
    ...section("features at the time", featuresOf(found)),
  ];
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : ["", ...table([title], rows)];
}

function changesOf({ changedSinceKnownGood }: Trace): string[][] {
  return (changedSinceKnownGood?.changes ?? []).map(({ kind, from, to }) => [
    kind,
    `${from ?? "(none)"} → ${to ?? "(none)"}`,
  ]);
}

function suspectsOf({ suspects }: Trace): string[][] {
  return suspects.map(({ change, reasons }) => [change.kind, reasons.join("; ")]);
}

function featuresOf({ request }: Trace): string[][] {
  return request.features.map(({ view, name, value, timestamp }) => [
    `${view}/${name}`,
    JSON.stringify(value),
    timestamp ?? "no timestamp",
  ]);
}
