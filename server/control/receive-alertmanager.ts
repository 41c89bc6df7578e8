/**
 * Alertmanager's webhook: each alert once, on the incident it belongs to. An alert is evidence; it never rolls back.
 */
import { z } from "zod";
import { invalidInput } from "@/server/domain/errors";
import { ApplicationId } from "@/server/domain/ids";
import { severityOfLabel } from "@/server/domain/incident/incident";
import { parseInput } from "@/server/domain/input";
import { isRehearsal } from "@/server/domain/rehearsal/rehearsal";
import { findApplication, listApplications } from "@/server/store/control/applications";
import { findAlertEvents, type IncidentEventRow } from "@/server/store/control/incidents";
import { findReleaseAnywhere } from "@/server/store/control/releases";
import {
  addToTimeline,
  changeStatus,
  openOrLink,
  planIncident,
  requireIncident,
  type IncidentPlan,
} from "./incident-core";
import type { ControlContext } from "./context";
import { perform, writeAudit, type Act } from "./perform";
import { requireRole } from "./require-role";

const Labels = z.record(z.string(), z.string()).default({});

const Alert = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: Labels,
  annotations: Labels,
  /** With `fingerprint` it names one firing of one alert. */
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.string().optional(),
  generatorURL: z.string().optional(),
  fingerprint: z.string().min(1),
});
type Alert = z.output<typeof Alert>;

export const ReceiveAlertmanagerInput = z.object({
  /** Where alerts without an `application` label or a known `release_id` belong. */
  application: ApplicationId.optional(),
  version: z.literal("4", { error: "must be 4: the version of Alertmanager's webhook" }),
  alerts: z.array(Alert).max(1000, "at most 1,000 alerts at once"),
});
export type ReceiveAlertmanagerInput = z.input<typeof ReceiveAlertmanagerInput>;

export const ReceiveAlertmanagerOutput = z.object({
  /** Incidents that were opened or written to. */
  incidents: z.array(z.string()),
  accepted: z.number().int(),
  /** Told before. */
  duplicates: z.number().int(),
  rejected: z.array(z.object({ index: z.number().int(), pointer: z.string(), message: z.string() })),
});
export type ReceiveAlertmanagerOutput = z.output<typeof ReceiveAlertmanagerOutput>;

/** @throws DomainError `invalid_input` when the payload is malformed, or no alert could be given an application. */
export function receiveAlertmanager(
  context: ControlContext,
  input: ReceiveAlertmanagerInput,
): ReceiveAlertmanagerOutput {
  requireRole(context.actor, { role: "on_call", scopes: ["ingest"] });
  const given = parseInput(ReceiveAlertmanagerInput, input, "the Alertmanager payload");
  return perform(context, (act) => {
    const rejected: ReceiveAlertmanagerOutput["rejected"] = [];
    const news: News[] = [];
    let duplicates = 0;
    for (const [index, alert] of given.alerts.entries()) {
      const outcome = sortAlert(act, { alert, fallback: given.application, news });
      if (outcome === "duplicate") duplicates += 1;
      else if (outcome === "homeless") rejected.push({ index, pointer: `/alerts/${index}/labels`, message: HOMELESS });
      else news.push(outcome);
    }
    const [first] = rejected;
    if (first !== undefined && rejected.length === given.alerts.length) {
      const issues = rejected.map(({ pointer, message }) => ({ pointer, message }));
      throw invalidInput(`no alert could be taken: ${first.message}`, issues);
    }
    if (news.length > 0) writeNews(act, news);
    const incidents = [...new Set(news.map(({ plan }) => plan.id))];
    return { incidents, accepted: news.length, duplicates, rejected };
  });
}

const HOMELESS =
  "belongs to no known application: add the label application, or the label release_id of a registered release";

/** One alert that tells something new, with the incident it goes to. */
interface News {
  alert: Alert;
  key: string;
  application: string;
  plan: IncidentPlan;
}

function sortAlert(
  act: Act,
  { alert, fallback, news }: { alert: Alert; fallback: string | undefined; news: readonly News[] },
): News | "duplicate" | "homeless" {
  const key = `alert ${alert.fingerprint} ${new Date(alert.startsAt).toISOString()}`;
  const told = findAlertEvents(act.tx, key);
  const sameCall = news.some((one) => one.key === key && one.alert.status === alert.status);
  if (sameCall || told.some((event) => statusIn(event) === alert.status)) return "duplicate";
  const firing = told.find((event) => statusIn(event) === "firing");
  if (firing !== undefined) {
    const existing = requireIncident(act.tx, { incidentId: firing.incidentId });
    return { alert, key, application: existing.application, plan: { id: existing.id, existing } };
  }
  // The end of an alert whose beginning was never told changes nothing.
  if (alert.status === "resolved") return "duplicate";
  const application = applicationOf(act, { alert, fallback });
  if (application === undefined) return "homeless";
  const releaseId = alert.labels["release_id"];
  const beside = news.find((one) => one.application === application && one.alert.labels["release_id"] === releaseId);
  const plan = beside?.plan ?? planIncident(act, { application, releaseId, dedupKey: key });
  return { alert, key, application, plan };
}

/** By its label, else the caller's word, else the release's application, else the only one there is. */
function applicationOf(
  { tx }: Act,
  { alert, fallback }: { alert: Alert; fallback: string | undefined },
): string | undefined {
  const { application, release_id: releaseId = "" } = alert.labels;
  if (application !== undefined) return findApplication(tx, application)?.id;
  if (fallback !== undefined) return fallback;
  const releases = findReleaseAnywhere(tx, releaseId).map((row) => row.application);
  const [only, another] = releases.length > 0 ? releases : realApplications(tx);
  return another === undefined ? only : undefined;
}

/** Those that somebody is served by. */
function realApplications(tx: Act["tx"]): string[] {
  return listApplications(tx).flatMap(({ id }) => (isRehearsal(id) ? [] : [id]));
}

function statusIn(event: IncidentEventRow): string | undefined {
  return z.object({ status: z.string() }).safeParse(event.data).data?.status;
}

function writeNews(act: Act, news: readonly News[]): void {
  const [application, another] = new Set(news.map((one) => one.application));
  const auditSeq = writeAudit(act, {
    action: "alerts.received",
    target: another === undefined ? `application/${application}/alerts` : "alerts",
    after: {
      alerts: news.map(({ alert, plan }) => ({ incidentId: plan.id, status: alert.status, labels: alert.labels })),
    },
  });
  const opened = new Set<string>();
  for (const one of news) {
    if (one.alert.status === "firing" && !opened.has(one.plan.id)) openFor(act, { news: one, auditSeq });
    opened.add(one.plan.id);
    addToTimeline(act, {
      incidentId: one.plan.id,
      kind: "alert",
      text: `${titleOf(one.alert)} (${one.alert.status})`,
      data: { key: one.key, status: one.alert.status, labels: one.alert.labels, annotations: one.alert.annotations },
      auditSeq,
    });
  }
  for (const id of new Set(news.filter(({ alert }) => alert.status === "resolved").map(({ plan }) => plan.id))) {
    resolveWhenQuiet(act, { incidentId: id, auditSeq });
  }
}

function openFor(act: Act, { news, auditSeq }: { news: News; auditSeq: number }): void {
  const { alert, application, plan, key } = news;
  const { alias, release_id: releaseId, severity } = alert.labels;
  const facts = {
    application,
    title: titleOf(alert).slice(0, 300),
    cause: "alert",
    severity: severityOfLabel(severity),
    alias: alias ?? null,
    releaseId: releaseId ?? null,
    rolloutId: null,
    startedAtMs: Date.parse(alert.startsAt),
    dedupKey: key,
  } as const;
  openOrLink(act, { plan, facts, auditSeq });
}

/** An incident that alerts alone opened is over when all of them are; any other is for people to close. */
function resolveWhenQuiet(act: Act, { incidentId, auditSeq }: { incidentId: string; auditSeq: number }): void {
  const incident = requireIncident(act.tx, { incidentId });
  const statuses = new Map(findAlertEvents(act.tx, { incidentId }).map((event) => [keyIn(event), statusIn(event)]));
  const quiet = [...statuses.values()].every((status) => status === "resolved");
  if (incident.cause === "alert" && quiet) {
    changeStatus(act, { incident, status: "resolved", reason: "all its alerts are resolved", auditSeq });
  }
}

function keyIn(event: IncidentEventRow): string | undefined {
  return z.object({ key: z.string() }).safeParse(event.data).data?.key;
}

function titleOf({ labels, annotations }: Alert): string {
  const name = labels["alertname"] ?? "alert";
  const summary = annotations["summary"] ?? annotations["description"];
  return summary === undefined ? name : `${name}: ${summary}`;
}
