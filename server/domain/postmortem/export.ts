/** A postmortem as a document that leaves the product: what its exports are made of. */
import type { IncidentSeverity, IncidentStatus } from "@/server/domain/vocabulary";
import { toRfc3339 } from "@/server/domain/time";
import type { ActionStatus, ActionType } from "./action";
import type { FrozenChart } from "./chart";
import type { Citation } from "./citation";
import type { SectionText } from "./sections";
import type { PostmortemStatus } from "./status";

/** An action that somebody took over. */
export interface ExportedAction {
  readonly text: string;
  readonly type: ActionType;
  readonly owner: string | null;
  /** `2026-05-01`. */
  readonly dueOn: string | null;
  readonly status: ActionStatus;
  readonly link: string | null;
}

export interface PostmortemExport {
  readonly incidentId: string;
  readonly application: string;
  readonly title: string;
  readonly severity: IncidentSeverity;
  readonly incidentStatus: IncidentStatus;
  readonly status: PostmortemStatus;
  /** 0 before anybody saved one. */
  readonly version: number;
  readonly atMs: number;
  /** Where the product is opened, without a trailing slash: links of the document are absolute. */
  readonly baseUrl: string;
  readonly sections: readonly SectionText[];
  readonly citations: readonly Citation[];
  readonly charts: readonly FrozenChart[];
  readonly actions: readonly ExportedAction[];
}

const STATUS_WORDS: Readonly<Record<PostmortemStatus, string>> = {
  draft: "draft",
  in_review: "in review",
  published: "published",
};

/** `inc_… · deploy-assistant · major · mitigated · published, version 3 · 2026-04-14T09:00:00.000Z`. */
export function metaWords(document: PostmortemExport): string {
  const { incidentId, application, severity, incidentStatus, status, version, atMs } = document;
  const edition = version === 0 ? "generated draft" : `${STATUS_WORDS[status]}, version ${version}`;
  return [incidentId, application, severity, incidentStatus, edition, toRfc3339(atMs)].join(" · ");
}

/** A path of the product as an address that works from elsewhere; null for a citation that has no page. */
export function absolute({ baseUrl }: PostmortemExport, href: string | null): string | null {
  return href === null ? null : `${baseUrl}${href}`;
}

/** `a release manager · due 2026-05-01 · open`. */
export function actionCells({ text, type, owner, dueOn, status }: ExportedAction): string[] {
  return [type, text, owner ?? "nobody yet", dueOn ?? "no date yet", status];
}

export const ACTION_HEAD = ["Type", "Action", "Owner", "Due", "Status"] as const;
