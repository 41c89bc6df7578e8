/** `switchback trace`: from one request id to the release that served it. */
import type { Command } from "commander";
import { call } from "@/server/cli/client";
import { clientSettings, globalOptions, print } from "@/server/cli/output";

interface Trace {
  sentence: string;
  request: { requestId: string; time: string; track: string; region: string | null; status: string };
  release: { components: Record<string, string>; ref: { releaseId: string; gitCommit: string | null } } | null;
  changedSinceKnownGood: { changes: { kind: string; from: string | null; to: string | null }[] } | null;
}

/** Adds `trace`. */
export function addTraceCommand(program: Command): void {
  program
    .command("trace <request-id>")
    .description("what exactly served this request, and what changed since it was last good")
    .option("--application <app>", "when several applications use the same ids")
    .action(async (requestId: string, flags: { application?: string }, command: Command) => {
      const options = globalOptions(command);
      const trace = await call<Trace>(clientSettings(options), {
        path: `/api/v1/requests/${encodeURIComponent(requestId)}`,
        query: { application: flags.application },
      });
      print(options, trace, () => describe(trace));
    });
}

function describe(trace: Trace): string[] {
  const lines = [trace.sentence, `time    ${trace.request.time}`, `track   ${trace.request.track}`];
  if (trace.request.region !== null) lines.push(`region  ${trace.request.region}`);
  if (trace.release !== null) {
    lines.push(`release ${trace.release.ref.releaseId}`, `commit  ${trace.release.ref.gitCommit ?? "not given"}`);
    for (const [kind, value] of Object.entries(trace.release.components)) lines.push(`  ${kind.padEnd(16)} ${value}`);
  }
  const changes = trace.changedSinceKnownGood?.changes ?? [];
  if (changes.length > 0) lines.push("changed since last known good:");
  for (const change of changes)
    lines.push(`  ${change.kind.padEnd(16)} ${change.from ?? "(none)"} → ${change.to ?? "(none)"}`);
  return lines;
}
