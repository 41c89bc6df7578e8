/** One HTTP exchange whose caller is known, or known to be nobody. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Actor } from "@/server/control/context";

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  actor: Actor | null;
  /** Correlates answer, log and audit entry. */
  requestId: string;
}
