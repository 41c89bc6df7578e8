/** The controller acts in its own name and holds no role: the verbs say what it may do. */
import type { ControlContext } from "@/server/control/context";
import type { ControlDatabase } from "@/server/store/control/database";

/** The context of a verb that the controller calls at `nowMs`. */
export function controllerContext(db: ControlDatabase, nowMs: number): ControlContext {
  return { db, nowMs, actor: { kind: "controller", id: "controller", name: "controller", role: null, scopes: [] } };
}
