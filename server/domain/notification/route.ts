/** Where notifications go, as people set it up. Addresses and keys that are secret are named, never given. */
import { z } from "zod";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { INCIDENT_SEVERITIES } from "@/server/domain/vocabulary";
import { NOTIFICATION_KINDS } from "./kinds";

/** `env:SWITCHBACK_NOTIFY_SLACK` or `file:slack-oncall`: where a secret is, not what it is. */
const NotifySecret = z
  .string()
  .regex(
    /^(env:SWITCHBACK_NOTIFY_[A-Z0-9_]{1,64}|file:[A-Za-z0-9_-][A-Za-z0-9._-]{0,127})$/,
    "must name where the secret is: env:SWITCHBACK_NOTIFY_… for a variable, file:NAME for a file of the secrets folder",
  );

const Address = z.url({ protocol: /^https?$/, error: "must be an https address" }).max(2048);

/** A mail server's name or address. */
const MailHost = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/, "must be the mail server's name, e.g. smtp.example.org");

/**
 * `tls` from the first byte (port 465); `starttls`: nothing is said before the connection is encrypted (port 587); `none`:
 * in plain text, and only to a host that the installation allows by name.
 */
export const MAIL_SECURITIES = ["starttls", "tls", "none"] as const;

/** What each channel needs. */
export const ChannelSettings = z.discriminatedUnion("channel", [
  closedObject({
    channel: z.literal("slack"),
    /** The incoming webhook's address: who has it can post. */
    url: NotifySecret,
  }),
  closedObject({
    channel: z.literal("pagerduty"),
    /** The integration key of an Events API v2 integration. */
    routingKey: NotifySecret,
    /** `https://events.eu.pagerduty.com` for accounts in the EU. */
    endpoint: Address.default("https://events.pagerduty.com"),
  }),
  closedObject({
    channel: z.literal("teams"),
    /** The address of a Workflows webhook that takes Adaptive Cards. */
    url: NotifySecret,
  }),
  closedObject({
    channel: z.literal("webhook"),
    url: Address,
    /** `whsec_…`; several, apart by spaces, while one is being replaced. */
    secret: NotifySecret,
  }),
  closedObject({
    channel: z.literal("email"),
    host: MailHost,
    port: z.number().int().min(1).max(65_535).default(587),
    security: z.enum(MAIL_SECURITIES).default("starttls"),
    /** Who signs in at the mail server; null where it asks nobody. */
    user: z.string().trim().min(1).max(256).nullable().default(null),
    password: NotifySecret.nullable().default(null),
    from: z.email({ error: "must be an address like switchback@example.org" }).max(254),
    to: z
      .array(z.email({ error: "must be an address like on-call@example.org" }).max(254))
      .min(1, "name at least one recipient")
      .max(20, "at most 20 recipients: use a mailing list for more"),
  }).refine(({ user, password }) => (user === null) === (password === null), {
    error: "user and password belong together: give both, or neither",
    path: ["password"],
  }),
]);
export type ChannelSettings = z.output<typeof ChannelSettings>;
export type Channel = ChannelSettings["channel"];
export type MailSettings = Extract<ChannelSettings, { channel: "email" }>;

/** A route as it is put. What is left out takes its default. */
export const NotificationRoute = closedObject({
  name: z.string().trim().min(1, "a route needs a name, e.g. on-call pager").max(100),
  /** Null: every application. */
  application: ApplicationId.nullable().default(null),
  /** Only what is at least so grave. */
  minSeverity: z.enum(INCIDENT_SEVERITIES).default("minor"),
  /** Only these kinds; none named, all. */
  kinds: z.array(z.enum(NOTIFICATION_KINDS)).max(NOTIFICATION_KINDS.length).default([]),
  settings: ChannelSettings,
});
export type NotificationRoute = z.output<typeof NotificationRoute>;
