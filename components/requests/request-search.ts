/** What is typed above the list of requests: `12 Apr 03:50 us-west`, `release:f91be2a454 status:error`, an id. Pure. */
import type { RequestFacets } from "@/components/data/outputs";
import { parseMoment, resolveText } from "@/components/shell/resolve-text";
import type { RequestParams } from "./request-parsers";

const TRACK_NAMES = ["control", "canary", "shadow"] as const;
const STATUS_NAMES = ["ok", "error"] as const;
/** A time means the requests around it. */
const AROUND_MS = 300_000;

type Filter = Partial<RequestParams>;

/** What the text asks for: to narrow the list, to open something, or why it is not understood. */
export type Search = { filter: Filter } | { href: string } | { problem: string };

const KEYS: Readonly<Record<string, (value: string) => Filter>> = {
  trace: (traceId) => ({ traceId }),
  traceId: (traceId) => ({ traceId }),
  subject: (subject) => ({ subject }),
  release: (releaseId) => ({ releaseId }),
  releaseId: (releaseId) => ({ releaseId }),
  track: (value) => ({ track: TRACK_NAMES.find((each) => each === value) ?? null }),
  status: (value) => ({ status: STATUS_NAMES.find((each) => each === value) ?? null }),
};

/** `region=us-west` narrows by segment, `trace:…` and `subject:…` by those; undefined for what is not `key:value`. */
export function filterOf(text: string): Filter | undefined {
  const [, key, value] = /^([a-zA-Z_.]+)[:=](\S+)$/.exec(text.trim()) ?? [];
  if (key === undefined || value === undefined) return undefined;
  return KEYS[key]?.(value) ?? { segment: `${key}=${value}` };
}

/** A bare word that is one of the list's values: a track, a status, a release, a segment's value. */
function filterOfWord(word: string, facets: RequestFacets["facets"]): Filter | undefined {
  for (const { key, isSegment, values } of facets) {
    if (values.some(({ value }) => value === word))
      return isSegment ? { segment: `${key}=${word}` } : KEYS[key]?.(word);
  }
  return undefined;
}

/** The moment at the beginning or the end of the text, and the words without it. */
function splitMoment(text: string, nowMs: number): { atMs: number | undefined; rest: string } {
  const moment =
    /(?:^|\s)((?:\d{4}-\d{2}-\d{2}[T ]|\d{1,2} [A-Z][a-z]{2} )?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z| ?UTC)?)(?=\s|$)/.exec(
      text,
    );
  const atMs = moment?.[1] === undefined ? undefined : parseMoment(moment[1], nowMs);
  if (moment === null || atMs === undefined) return { atMs: undefined, rest: text };
  return { atMs, rest: `${text.slice(0, moment.index)} ${text.slice(moment.index + moment[0].length)}`.trim() };
}

export interface SearchContext {
  application: string;
  nowMs: number;
  facets: RequestFacets["facets"];
}

/** Words, `key:value` pairs and one time narrow together; a single text of another shape is an id to open. */
export function searchOf(text: string, { application, nowMs, facets }: SearchContext): Search {
  const { atMs, rest } = splitMoment(text.trim(), nowMs);
  const around: Filter =
    atMs === undefined
      ? {}
      : { from: new Date(atMs - AROUND_MS).toISOString(), to: new Date(atMs + AROUND_MS).toISOString() };
  const words = rest.split(/\s+/).filter((word) => word !== "");
  const filters = words.map((word) => ({ word, filter: filterOf(word) ?? filterOfWord(word, facets) }));
  const unknown = filters.filter(({ filter }) => filter === undefined).map(({ word }) => word);
  if (unknown.length === 0) return { filter: Object.assign({}, around, ...filters.map(({ filter }) => filter)) };
  const [destination] = words.length === 1 && atMs === undefined ? resolveText(rest, { application, nowMs }) : [];
  if (destination !== undefined) return { href: destination.href };
  return { problem: `“${unknown.join("”, “")}” is no value of this list. Write a key with it, e.g. region:us-west.` };
}
