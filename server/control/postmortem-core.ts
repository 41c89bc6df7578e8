/** What the postmortem verbs share: the draft they are handed, the version they act on, and writing the next one. */
import { z } from "zod";
import { canonicalText } from "@/server/domain/canonical-text";
import { preconditionFailed } from "@/server/domain/errors";
import { sha256Hex } from "@/server/domain/hash";
import { FrozenChart } from "@/server/domain/postmortem/chart";
import { Citation, citedIds } from "@/server/domain/postmortem/citation";
import { SectionText } from "@/server/domain/postmortem/sections";
import { POSTMORTEM_STATUSES, type PostmortemStatus } from "@/server/domain/postmortem/status";
import { toRfc3339 } from "@/server/domain/time";
import type { IncidentRow } from "@/server/store/control/incidents";
import { addPostmortem, findPostmortem, type PostmortemRow } from "@/server/store/control/postmortems";
import { incidentTarget } from "./incident-core";
import { writeAudit, type Act } from "./perform";

/** What the record said when the caller acted; made by the server, never sent by a client. */
export const DraftInput = z.object({
  sections: z.array(SectionText),
  citations: z.array(Citation),
  charts: z.array(FrozenChart),
});
export type DraftInput = z.input<typeof DraftInput>;

/** The version that the caller has seen; 0 before the first. */
export const ExpectedVersion = z.number().int().nonnegative();

export const PostmortemVersion = z.object({
  incidentId: z.string(),
  version: z.number().int(),
  status: z.enum(POSTMORTEM_STATUSES),
});
export type PostmortemVersion = z.output<typeof PostmortemVersion>;

/**
 * The newest version, undefined before the first.
 *
 * @throws DomainError `precondition_failed` when somebody saved since the caller read it.
 */
export function requireVersion(
  { tx }: Act,
  { incidentId, expectedVersion }: { incidentId: string; expectedVersion: number },
): PostmortemRow | undefined {
  const newest = findPostmortem(tx, { incidentId });
  const version = newest?.version ?? 0;
  if (version === expectedVersion) return newest;
  const saved = newest === undefined ? "" : `, saved by ${newest.actorName} at ${toRfc3339(newest.atMs)}`;
  throw preconditionFailed(
    `the postmortem of ${incidentId} is at version ${version}${saved}, not ${expectedVersion}: read it again, bring ` +
      "both texts together and save again",
  );
}

/** The next version, decided. */
export interface NextVersion {
  readonly incident: IncidentRow;
  readonly newest: PostmortemRow | undefined;
  readonly status: PostmortemStatus;
  readonly sections: readonly SectionText[];
  readonly generated: readonly SectionText[];
  readonly draft: z.output<typeof DraftInput>;
  readonly note: string | undefined;
}

/** Writes the audit entry and the version; the audit log keeps the text's hash, the version the text. */
export function writeVersion(act: Act, next: NextVersion): { row: PostmortemVersion; auditSeq: number } {
  const { incident, newest, status, draft, note } = next;
  const version = (newest?.version ?? 0) + 1;
  const sections = [...next.sections];
  const auditSeq = writeAudit(act, {
    action: "postmortem.saved",
    target: `${incidentTarget(incident)}/postmortem`,
    ...(newest === undefined ? {} : { before: { version: newest.version, status: newest.status } }),
    after: {
      version,
      status,
      textSha256: sha256Hex(canonicalText(sections.map(({ id, markdown }) => [id, markdown]))),
    },
    ...(note === undefined ? {} : { reason: note }),
  });
  addPostmortem(act.tx, {
    incidentId: incident.id,
    version,
    status,
    sections,
    generated: [...next.generated],
    citations: citationsOf(next),
    charts: draft.charts,
    note: note ?? null,
    atMs: act.context.nowMs,
    actor: act.context.actor,
    auditSeq,
  });
  return { row: { incidentId: incident.id, version, status }, auditSeq };
}

/** Everything the texts refer to, also where the newest draft no longer does. */
function citationsOf({ newest, sections, generated, draft }: NextVersion): Citation[] {
  const cited = new Set([...sections, ...generated].flatMap(({ markdown }) => citedIds(markdown)));
  const known = new Map([...(newest?.citations ?? []), ...draft.citations].map((one) => [one.id, one]));
  return [...known.values()].filter(({ id }) => cited.has(id));
}
