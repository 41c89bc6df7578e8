/** The addresses of pages. Everything that a person may want to send to another is in them. Pure. */

const enc = encodeURIComponent;

export const SECTIONS = [
  "compare",
  "requests",
  "rollouts",
  "releases",
  "incidents",
  "audit",
  "parity",
  "drift",
  "prompts",
  "judges",
] as const;
export type Section = (typeof SECTIONS)[number];

export function applicationPath(application: string): string {
  return `/p/${enc(application)}`;
}

export function sectionPath(application: string, section: Section): string {
  return `${applicationPath(application)}/${section}`;
}

export function releasePath(application: string, releaseId: string): string {
  return `${sectionPath(application, "releases")}/${enc(releaseId)}`;
}

export function rolloutPath(application: string, rolloutId: string): string {
  return `${sectionPath(application, "rollouts")}/${enc(rolloutId)}`;
}

export function incidentPath(application: string, incidentId: string): string {
  return `${sectionPath(application, "incidents")}/${enc(incidentId)}`;
}

export function requestPath(application: string, requestId: string): string {
  return `${sectionPath(application, "requests")}/${enc(requestId)}`;
}

export function requestsPath(application: string, filters: Readonly<Record<string, string>>): string {
  return `${sectionPath(application, "requests")}?${new URLSearchParams(filters).toString()}`;
}

export function comparePath(application: string, rolloutId: string): string {
  return `${sectionPath(application, "compare")}?${new URLSearchParams({ rolloutId }).toString()}`;
}

export function comparePairPath(application: string, pair: { candidate: string; control: string }): string {
  const query = new URLSearchParams(pair);
  return `${sectionPath(application, "compare")}?${query.toString()}`;
}

export function rollbackPath(application: string, choice: { alias: string; to?: string }): string {
  const query = new URLSearchParams({ alias: choice.alias, ...(choice.to === undefined ? {} : { to: choice.to }) });
  return `${applicationPath(application)}/rollback?${query.toString()}`;
}

/** The entry of the audit log with this number. */
export function auditEntryPath(application: string, seq: number): string {
  return `${sectionPath(application, "audit")}/${seq}`;
}
