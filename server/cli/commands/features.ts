/** `switchback features import`: feature views out of a Feast registry, registered one by one. */
import { Option, type Command } from "commander";
import type { PutFeatureViewOutput } from "@/server/control/put-feature-view";
import type { RecordFingerprintOutput } from "@/server/control/record-fingerprint";
import { feastViews, type FeastView } from "@/server/integrations/feast/feast-views";
import { readMap } from "@/server/cli/read-input";
import type { Run, Session } from "@/server/cli/session";

/** Adds `features import`. */
export function addFeaturesCommands(program: Command, session: Session): void {
  const features = program.command("features").description("feature views");
  features
    .command("import")
    .description("register the feature views of a Feast registry")
    .argument("<file>", "what `feast registry-dump` printed; - for standard input")
    .requiredOption("--application <app>", "application")
    .addOption(new Option("--report <side>", "also report their fingerprints").choices(["offline", "online"]))
    .action(session.action(importViews));
}

interface ImportFlags {
  application: string;
  report?: "offline" | "online";
}

async function importViews(
  { io, server, print }: Run,
  { args: [file], flags }: { args: readonly [string]; flags: ImportFlags },
): Promise<void> {
  const views = feastViews(await readMap(io, file, "what `feast registry-dump` printed"));
  const put: (PutFeatureViewOutput & { equal?: boolean | null })[] = [];
  for (const { view, ...definition } of views) {
    const answer = await server.call<PutFeatureViewOutput>({
      method: "PUT",
      path: `/api/v1/applications/${encodeURIComponent(flags.application)}/feature-views/${encodeURIComponent(view)}`,
      body: definition,
    });
    const parity = await report(server, { view, ...definition }, flags);
    put.push({ ...answer, ...(parity === undefined ? {} : { equal: parity.equal }) });
  }
  print({ items: put }, () =>
    put.map(({ view, revision, created, fingerprint, equal }) => {
      const parity = equal === undefined ? "" : `, ${PARITY_WORDS[String(equal)] ?? ""}`;
      return `${view} ${created ? "registered" : "was registered before"} as revision ${revision}, fingerprint ${fingerprint ?? "none"}${parity}`;
    }),
  );
}

const PARITY_WORDS: Readonly<Record<string, string>> = {
  true: "equal offline and online",
  false: "NOT equal offline and online",
  null: "the other side is not known",
};

function report(
  server: Run["server"],
  { view, transformation }: FeastView,
  { application, report: side }: ImportFlags,
): Promise<RecordFingerprintOutput | undefined> {
  if (side === undefined) return Promise.resolve(undefined);
  const body = { application, view, side, config: transformation };
  return server.call<RecordFingerprintOutput>({ method: "POST", path: "/api/v1/features/fingerprints", body });
}
