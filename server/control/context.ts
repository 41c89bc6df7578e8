/** What every write verb gets: who acts, when, on which database. Verbs take it first and a parsed input second. */
import type { ControlDatabase } from "@/server/store/control/database";
import type { Role, TokenScope } from "@/server/domain/vocabulary";

/** Who acts. The controller and the system hold no role: their verbs say what they may do. */
export interface Actor {
  kind: "person" | "token" | "controller" | "system";
  /** User id, token id, or `controller`. */
  id: string;
  /** What pages and the audit log show. */
  name: string;
  /** A person's e-mail address: commits name their authors by it, and nobody approves the own release. */
  email?: string;
  /** The signed-in browser a person acts through. */
  sessionId?: string;
  role: Role | null;
  scopes: readonly TokenScope[];
}

export interface ControlContext {
  db: ControlDatabase;
  nowMs: number;
  actor: Actor;
  /** Correlation id of the HTTP request, for the audit entry. */
  requestId?: string;
}
