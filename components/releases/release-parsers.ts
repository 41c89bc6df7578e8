/** What releases are searched for, as the address bar holds it, for the server and the browser. */
import { createLoader, parseAsString } from "nuqs/server";
import type { Inputs } from "@/components/data/outputs";

const PAGE_ROWS = 100;

/** The start of an id or a commit, or a part of an author, a label or a component. */
export const releaseSearch = parseAsString.withDefault("").withOptions({ throttleMs: 300 });

/** The release that a manifest is compared with; absent: the last known good one. */
export const baselineParser = parseAsString;

export const loadBaseline = createLoader({ baseline: baselineParser });

export const loadReleaseSearch = createLoader({ q: releaseSearch });

/** The API's input: what is searched for is found on the server, beyond the rows that are loaded. */
export function releasesInput(application: string, text: string): Inputs["releases"]["list"] {
  const search = text.trim();
  return { application, limit: PAGE_ROWS, ...(search === "" ? {} : { search }) };
}
