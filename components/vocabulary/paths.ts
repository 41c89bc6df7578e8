/** The addresses of pages. Everything that a person may want to send to another is in them. Pure. */

const enc = encodeURIComponent;

const SECTIONS = [
  "compare",
  "requests",
  "approvals",
  "rollouts",
  "releases",
  "components",
  "incidents",
  "policies",
  "audit",
  "telemetry",
  "doctor",
  "parity",
  "drift",
  "prompts",
  "judges",
  "drill",
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

/** A component with all its versions, one of them chosen. `kind` is without a slot. */
export function componentPath(
  application: string,
  component: { kind: string; name: string; version?: string | undefined },
): string {
  const { kind, name, version } = component;
  const path = `${sectionPath(application, "components")}/${enc(kind)}/${enc(name)}`;
  return version === undefined ? path : `${path}?${new URLSearchParams({ version }).toString()}`;
}

export function rolloutPath(application: string, rolloutId: string): string {
  return `${sectionPath(application, "rollouts")}/${enc(rolloutId)}`;
}

export function incidentPath(application: string, incidentId: string): string {
  return `${sectionPath(application, "incidents")}/${enc(incidentId)}`;
}

/** The page that writes an incident's review. */
export function postmortemPath(application: string, incidentId: string): string {
  return `${incidentPath(application, incidentId)}/postmortem`;
}

/** The page that opens an incident, or adds to an open one, with what it is about: a request or a chart. */
export function newIncidentPath(application: string, about: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(about).toString();
  return `${sectionPath(application, "incidents")}/new${query === "" ? "" : `?${query}`}`;
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

export function policyPath(application: string, name: string): string {
  return `${sectionPath(application, "policies")}/${enc(name)}`;
}

/** One version of a policy, against the one in force. */
export function policyVersionPath(application: string, policy: { name: string; version: number }): string {
  return `${policyPath(application, policy.name)}?${new URLSearchParams({ version: String(policy.version) }).toString()}`;
}

/** The policy's editor; with a rollout, to replay the draft on it. */
export function policyEditorPath(application: string, name: string, rolloutId?: string): string {
  const query = new URLSearchParams({ tab: "edit", ...(rolloutId === undefined ? {} : { rollout: rolloutId }) });
  return `${policyPath(application, name)}?${query.toString()}`;
}

/** The entry of the audit log with this number. */
export function auditEntryPath(application: string, seq: number): string {
  return `${sectionPath(application, "audit")}/${seq}`;
}
