/** A notification route as a form holds it, and as the API takes it: every field a text, each with its own error. Pure. */
import type { Inputs, NotificationRoute as StoredRoute } from "@/components/data/outputs";
import { MAIL_SECURITIES, NotificationRoute, type Channel } from "@/server/domain/notification/route";
import type { IncidentSeverity } from "@/server/domain/vocabulary";

export interface RouteDraft {
  /** The route that is changed; null for a new one. */
  routeId: string | null;
  name: string;
  /** Empty: every application. */
  application: string;
  minSeverity: IncidentSeverity;
  /** Empty: every kind. */
  kinds: readonly string[];
  channel: Channel;
  /** The channel's fields, by name. */
  fields: Readonly<Record<string, string>>;
}

export interface FieldSpec {
  name: string;
  label: string;
  hint?: string;
  placeholder?: string;
  initial?: string;
  options?: readonly { value: string; label: string }[];
}

const SECRET_HINT = "Where it is, not what it is: env:SWITCHBACK_NOTIFY_… or file:NAME of the secrets folder.";

const SECURITY_WORDS: Readonly<Record<(typeof MAIL_SECURITIES)[number], string>> = {
  starttls: "STARTTLS, required (port 587)",
  tls: "TLS from the start (port 465)",
  none: "none: allowed hosts only",
};

export const CHANNELS: Readonly<Record<Channel, { word: string; fields: readonly FieldSpec[] }>> = {
  slack: {
    word: "Slack",
    fields: [{ name: "url", label: "Incoming webhook", hint: SECRET_HINT, placeholder: "env:SWITCHBACK_NOTIFY_SLACK" }],
  },
  pagerduty: {
    word: "PagerDuty",
    fields: [
      { name: "routingKey", label: "Integration key", hint: SECRET_HINT, placeholder: "file:pagerduty-key" },
      { name: "endpoint", label: "Events API", initial: "https://events.pagerduty.com" },
    ],
  },
  teams: {
    word: "Microsoft Teams",
    fields: [{ name: "url", label: "Workflows webhook", hint: SECRET_HINT, placeholder: "file:teams-oncall" }],
  },
  webhook: {
    word: "Signed webhook",
    fields: [
      { name: "url", label: "Address", placeholder: "https://hooks.example.org/switchback" },
      { name: "secret", label: "Signing secret", hint: SECRET_HINT, placeholder: "file:webhook-secret" },
    ],
  },
  email: {
    word: "E-mail",
    fields: [
      { name: "to", label: "To", hint: "One or more addresses, apart by commas.", placeholder: "on-call@example.org" },
      { name: "from", label: "From", placeholder: "switchback@example.org" },
      { name: "host", label: "Mail server", placeholder: "smtp.example.org" },
      { name: "port", label: "Port", initial: "587" },
      {
        name: "security",
        label: "Encryption",
        initial: "starttls",
        options: MAIL_SECURITIES.map((value) => ({ value, label: SECURITY_WORDS[value] })),
      },
      { name: "user", label: "User", hint: "Leave it and the password empty where the server asks nobody." },
      { name: "password", label: "Password", hint: SECRET_HINT, placeholder: "file:mail-password" },
    ],
  },
};

export function newDraft(channel: Channel): RouteDraft {
  return {
    routeId: null,
    name: "",
    application: "",
    minSeverity: "major",
    kinds: [],
    channel,
    fields: initialFields(channel),
  };
}

/** The fields that a channel begins with. */
export function initialFields(channel: Channel): Record<string, string> {
  return Object.fromEntries(CHANNELS[channel].fields.map(({ name, initial }) => [name, initial ?? ""]));
}

export function draftOf(route: StoredRoute): RouteDraft {
  const { id, name, application, minSeverity, kinds, settings } = route;
  const fields = Object.entries(settings)
    .filter(([key]) => key !== "channel")
    .map(([key, value]) => [key, Array.isArray(value) ? value.join(", ") : String(value ?? "")]);
  return {
    routeId: id,
    name,
    application: application ?? "",
    minSeverity,
    kinds,
    channel: settings.channel,
    fields: Object.fromEntries(fields),
  };
}

/** What the API takes, or which field is wrong and how. */
export function checkedRoute(
  draft: RouteDraft,
): { input: Inputs["notifications"]["put"]; errors: null } | { input: null; errors: Record<string, string> } {
  const { routeId, name, application, minSeverity, kinds, channel, fields } = draft;
  const given = {
    name,
    application: application === "" ? null : application,
    minSeverity,
    kinds,
    settings: { channel, ...settingsOf(channel, fields) },
  };
  const parsed = NotificationRoute.safeParse(given);
  if (parsed.success) return { input: { ...parsed.data, ...(routeId === null ? {} : { routeId }) }, errors: null };
  const errors = parsed.error.issues.map(({ path, message }) => [
    String(path[0] === "settings" ? (path[1] ?? "settings") : path[0]),
    message,
  ]);
  return { input: null, errors: Object.fromEntries(errors.toReversed()) };
}

function settingsOf(channel: Channel, fields: RouteDraft["fields"]): Record<string, unknown> {
  const texts = Object.fromEntries(CHANNELS[channel].fields.map(({ name }) => [name, (fields[name] ?? "").trim()]));
  if (channel !== "email") return texts;
  const orNull = (text: string | undefined): string | null => (text === undefined || text === "" ? null : text);
  return {
    ...texts,
    port: Number(texts["port"]),
    user: orNull(texts["user"]),
    password: orNull(texts["password"]),
    to: (texts["to"] ?? "").split(/[\s,;]+/).filter((address) => address !== ""),
  };
}
