/** The filters of the audit log, as the address bar holds them, for the server and the browser. */
import { createLoader, parseAsString, type inferParserType } from "nuqs/server";
import type { Inputs } from "@/components/data/outputs";

export const auditParsers = {
  /** `application/deploy-assistant` and everything below it. */
  target: parseAsString,
  action: parseAsString,
  from: parseAsString,
  to: parseAsString,
};

export type AuditParams = inferParserType<typeof auditParsers>;

export const loadAuditParams = createLoader(auditParsers);

const PAGE_ROWS = 50;

/** The API's input: only the filters that are set. */
export function auditInput(params: AuditParams): Inputs["audit"]["list"] {
  const given = Object.entries(params).filter(([, value]) => value !== null && value !== "");
  // Every member has the type that its parser gave it; only the absent ones were left out.
  return { limit: PAGE_ROWS, ...Object.fromEntries(given) } as Inputs["audit"]["list"];
}
