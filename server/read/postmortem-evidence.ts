/** Builds the citations of a postmortem, each with the page that shows it, and says people by their roles. */
import {
  auditCitation,
  evaluationCitation,
  releaseCitation,
  requestCitation,
  windowCitation,
  type Citation,
  type CitedWindow,
} from "@/server/domain/postmortem/citation";
import { toRfc3339 } from "@/server/domain/time";
import { findAuditEntry, type AuditRow } from "@/server/store/control/audit";
import type { EvaluationRow } from "@/server/store/control/evaluations";
import type { RolloutRow } from "@/server/store/control/rollouts";
import type { ReadDeps } from "./deps";
import { links } from "./links";

/** The evidence of one application. Each method returns none where the record has none. */
export class Evidence {
  readonly #deps: ReadDeps;
  readonly #application: string;
  readonly #entries = new Map<number, AuditRow | undefined>();

  constructor(deps: ReadDeps, application: string) {
    this.#deps = deps;
    this.#application = application;
  }

  audit(seq: number | null | undefined): Citation[] {
    const entry = seq === null || seq === undefined ? undefined : this.#entry(seq);
    if (entry === undefined) return [];
    const { action, atMs } = entry;
    return [
      auditCitation({ seq: entry.seq, action, atMs, by: roleWords(entry) }, links.audit(this.#application, entry.seq)),
    ];
  }

  evaluation(row: EvaluationRow, rollout: RolloutRow): Citation[] {
    const policy = `${rollout.policyName}@${row.policyVersion}`;
    const { id, atMs, decision } = row;
    return [evaluationCitation({ id, policy, atMs, decision }, links.rollout(this.#application, rollout.id))];
  }

  window(window: CitedWindow, rollout: RolloutRow | undefined): Citation[] {
    const { metric, segment, fromMs, toMs, releaseId } = window;
    const filter = {
      ...(rollout === undefined ? { candidate: releaseId } : { rolloutId: rollout.id }),
      metric,
      from: toRfc3339(fromMs),
      to: toRfc3339(toMs),
      ...(segment === undefined ? {} : { segment }),
    };
    return [windowCitation(window, links.compare(this.#application, filter))];
  }

  request(request: { requestId: string; atMs: number; words: string }): Citation[] {
    return [requestCitation(request, links.request(this.#application, request.requestId))];
  }

  release(releaseId: string, words: string): Citation[] {
    return [releaseCitation({ releaseId, words }, links.release(this.#application, releaseId))];
  }

  /** Who did what an audit entry tells, by role; `fallback` where there is none. */
  who(seq: number | null, fallback: string): string {
    const entry = seq === null ? undefined : this.#entry(seq);
    return entry === undefined ? fallback : roleWords(entry);
  }

  #entry(seq: number): AuditRow | undefined {
    if (!this.#entries.has(seq)) this.#entries.set(seq, findAuditEntry(this.#deps.control, seq));
    return this.#entries.get(seq);
  }
}

const ROLE_WORDS: ReadonlyMap<string, string> = new Map([
  ["viewer", "a viewer"],
  ["on_call", "an on-call engineer"],
  ["release_manager", "a release manager"],
  ["admin", "an administrator"],
]);

/** `an on-call engineer`, `a release manager's token`, `the policy`: a postmortem asks how, not who. */
function roleWords({ actorKind, actorRole }: AuditRow): string {
  if (actorKind === "controller") return "the policy";
  if (actorKind === "system") return "the command line";
  const role = actorRole === null ? undefined : ROLE_WORDS.get(actorRole);
  if (actorKind === "token") return role === undefined ? "a program's token" : `${role}'s token`;
  return role ?? "a person";
}
