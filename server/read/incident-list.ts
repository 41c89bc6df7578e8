/** Incidents, newest first. */
import type { IncidentStatus } from "@/server/domain/vocabulary";
import { listIncidents } from "@/server/store/control/incidents";
import { countWords } from "@/server/domain/words/count-words";
import type { ReadDeps } from "./deps";
import { incidentSummary } from "./incident-summary";
import type { IncidentListView, IncidentSummary } from "./incident-view";
import { releaseRefs, type ReleaseRefs } from "./release-ref";

/** Unresolved incidents counted for the sentence at most. */
const COUNTED = 100;

/** Of one application or of all, of one status or of any. */
export function listIncidentSummaries(
  deps: ReadDeps,
  filter: { application?: string; status?: IncidentStatus; limit: number; cursor?: string },
): IncidentListView {
  const page = listIncidents(deps.control, filter);
  const readers = new Map<string, ReleaseRefs>();
  const items = page.items.map((row) => {
    const refs = readers.get(row.application) ?? releaseRefs(deps.control, row.application);
    readers.set(row.application, refs);
    return incidentSummary(deps, row, refs);
  });
  return { ...page, items, sentence: listSentence(deps, { application: filter.application, items }) };
}

function listSentence(
  { control }: ReadDeps,
  { application, items }: { application: string | undefined; items: readonly IncidentSummary[] },
): string {
  const scope = application === undefined ? {} : { application };
  const count = (status: IncidentStatus): number =>
    listIncidents(control, { ...scope, status, limit: COUNTED }).items.length;
  const open = count("open");
  const mitigated = count("mitigated");
  const of = application === undefined ? "" : ` of ${application}`;
  if (open > 0) {
    const waiting = mitigated === 0 ? "" : `, ${mitigated} mitigated and not yet resolved`;
    return `${countWords(open, "incident")}${of} ${open === 1 ? "is" : "are"} open${waiting}.`;
  }
  if (mitigated > 0) return `No incident${of} is open; ${mitigated} mitigated and not yet resolved.`;
  return items.length === 0 ? `There is no incident${of}.` : `Every incident${of} is resolved.`;
}
