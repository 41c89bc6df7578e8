/** Addresses of the console's pages, as answers link to them. Paths only: the edge knows the host. */

const part = encodeURIComponent;

const application = (id: string): string => `/p/${part(id)}`;

/** The page of each thing that an answer mentions. */
export const links = {
  overview: application,
  release: (app: string, releaseId: string): string => `${application(app)}/releases/${part(releaseId)}`,
  rollout: (app: string, rolloutId: string): string => `${application(app)}/rollouts/${part(rolloutId)}`,
  policy: (app: string, name: string): string => `${application(app)}/policies/${part(name)}`,
  incident: (app: string, incidentId: string): string => `${application(app)}/incidents/${part(incidentId)}`,
  parity: (app: string): string => `${application(app)}/parity`,
  drift: (app: string): string => `${application(app)}/drift`,
  audit: (app: string, seq: number): string => `${application(app)}/audit/${seq}`,
  /** The page on which a paused rollout is answered. */
  approval: (app: string, rolloutId: string): string => `${application(app)}/approvals/${part(rolloutId)}`,
  /** The page that asks before it rolls back. */
  rollback: (app: string, alias: string): string => `${application(app)}/rollback?${query({ alias })}`,
  request: (app: string, requestId: string): string => `${application(app)}/requests/${part(requestId)}`,
  postmortem: (app: string, incidentId: string): string =>
    `${application(app)}/incidents/${part(incidentId)}/postmortem`,
  telemetry: (app: string): string => `${application(app)}/telemetry`,
  /** Filters in the address: a shared link shows the same rows. */
  requests: (app: string, filter: Readonly<Record<string, string>>): string =>
    `${application(app)}/requests?${query(filter)}`,
  compare: (app: string, filter: Readonly<Record<string, string>>): string =>
    `${application(app)}/compare?${query(filter)}`,
} as const;

function query(filter: Readonly<Record<string, string>>): string {
  return new URLSearchParams(filter).toString();
}
