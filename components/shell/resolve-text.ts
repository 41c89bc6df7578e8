/** What a pasted text may be: a release, a component, a rollout, an incident, a request, a trace, a time. Pure. */
import {
  componentPath,
  incidentPath,
  releasePath,
  requestPath,
  requestsPath,
  rolloutPath,
  sectionPath,
} from "@/components/vocabulary/paths";
import { kindOf, parseReference } from "@/server/domain/release/component-map";
import { formatUtc } from "@/components/ui/format-time";

export interface Destination {
  title: string;
  href: string;
}

const FIVE_MINUTES_MS = 300_000;

interface Context {
  application: string;
  nowMs: number;
}

type Rule = (typed: string, context: Context) => Destination | undefined;

/** The likeliest first; each rule knows one shape of text. */
const RULES: readonly Rule[] = [
  (typed, { application }) =>
    /^rol_\w+$/.test(typed) ? { title: `Rollout ${typed}`, href: rolloutPath(application, typed) } : undefined,
  (typed, { application }) =>
    /^inc_\w+$/.test(typed) ? { title: `Incident ${typed}`, href: incidentPath(application, typed) } : undefined,
  (typed, { application }) =>
    /^[0-9a-f]{10}$/.test(typed) ? { title: `Release ${typed}`, href: releasePath(application, typed) } : undefined,
  (typed, { application }) =>
    /^[0-9a-f]{32}$/.test(typed)
      ? { title: `Requests of trace ${typed}`, href: requestsPath(application, { traceId: typed }) }
      : undefined,
  aroundMoment,
  componentOf,
  (typed, { application, nowMs }) =>
    typed.length <= 128 && !/\s/.test(typed) && parseMoment(typed, nowMs) === undefined
      ? { title: `Request ${typed}`, href: requestPath(application, typed) }
      : undefined,
  (typed, { application }) =>
    /^[0-9a-f]{5,40}$/.test(typed) && typed.length !== 10 && typed.length !== 32
      ? { title: `Releases with id or commit ${typed}`, href: `${sectionPath(application, "releases")}?q=${typed}` }
      : undefined,
];

function aroundMoment(typed: string, { application, nowMs }: Context): Destination | undefined {
  const atMs = parseMoment(typed, nowMs);
  if (atMs === undefined) return undefined;
  const from = new Date(atMs - FIVE_MINUTES_MS).toISOString();
  const to = new Date(atMs + FIVE_MINUTES_MS).toISOString();
  return { title: `Requests around ${formatUtc(atMs, "second")}`, href: requestsPath(application, { from, to }) };
}

/** `prompt deploy@2.4.1`, with the kind as a word before it; without it, the components of that name. */
function componentOf(typed: string, { application }: Context): Destination | undefined {
  const [, slot, reference = ""] = /^(?:(\S+)\s+)?(\S+@\S+)$/.exec(typed) ?? [];
  const parsed = parseReference(reference);
  if (parsed === undefined) return undefined;
  if (slot === undefined) {
    const query = new URLSearchParams({ q: reference });
    return { title: `Components named ${reference}`, href: `${sectionPath(application, "components")}?${query}` };
  }
  const { name, version } = parsed;
  return { title: `Component ${typed}`, href: componentPath(application, { kind: kindOf(slot), name, version }) };
}

/** Where `text` may lead, the likeliest first. A time without a date is on the UTC day of `nowMs`. */
export function resolveText(text: string, context: Context): Destination[] {
  const typed = text.trim();
  if (typed === "") return [];
  return RULES.map((rule) => rule(typed, context)).filter((found) => found !== undefined);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `12 Apr 03:50` as `2026-04-12 03:50`: in this year, or in the one before where that would be in the future. */
function withYear(text: string, nowMs: number): string {
  const [, day, month, clock] = /^(\d{1,2}) ([A-Z][a-z]{2}) (.+)$/.exec(text) ?? [];
  const number = month === undefined ? -1 : MONTHS.indexOf(month);
  if (day === undefined || clock === undefined || number === -1) return text;
  const year = new Date(nowMs).getUTCFullYear();
  const isAhead = Date.UTC(year, number, Number(day)) > nowMs;
  return `${isAhead ? year - 1 : year}-${String(number + 1).padStart(2, "0")}-${day.padStart(2, "0")} ${clock}`;
}

/** RFC 3339, `2026-04-12 03:52[:04]` or `12 Apr 03:52[:04]` (UTC), or `03:52[:04]` on today's UTC day. */
export function parseMoment(written: string, nowMs: number): number | undefined {
  const text = withYear(written, nowMs);
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*UTC)?$/.exec(text);
  const day = new Date(nowMs).toISOString().slice(0, 10);
  const iso =
    clock === null
      ? text.replace(/\s*UTC$/, "").replace(" ", "T")
      : `${day}T${(clock[1] ?? "").padStart(2, "0")}:${clock[2] ?? "00"}:${clock[3] ?? "00"}`;
  const full = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(iso);
  if (full === null) return undefined;
  const atMs = Date.parse(full[3] === undefined ? `${iso}Z` : iso);
  return Number.isFinite(atMs) ? atMs : undefined;
}
