/** Delivers alias moves to the registry, and looks there for what somebody else did. Runs beside the ticks. */
import type { Logger } from "pino";
import type { AliasMoveEffect } from "@/server/control/outside-effects";
import type { Registry } from "@/server/integrations/mlflow/registry";
import type { ControlDatabase } from "@/server/store/control/database";
import { listIncidents } from "@/server/store/control/incidents";
import { listRegistryLinks } from "@/server/store/control/registry";
import { controllerContext } from "./controller-context";
import type { SideWork } from "./loop";
import { doubling, type Deliverer } from "./outbox-delivery";

interface RegistryDeps {
  control: ControlDatabase;
  registry: Registry;
  log: Logger;
}

/** A registry that cannot be reached is tried again for as long as it takes, at least every ten minutes. */
const MOST_PAUSE_MS = 600_000;

export function createRegistryDeliverer({ control, registry }: Omit<RegistryDeps, "log">): Deliverer {
  return {
    // The outbox of a registry holds alias moves alone.
    deliver: ({ payload }, { nowMs }) => registry.follow(controllerContext(control, nowMs), payload as AliasMoveEffect),
    retryAfterMs: doubling(MOST_PAUSE_MS),
  };
}

const CALM_MS = 30_000;
/** While an incident is open a lost update must show soon. */
const INCIDENT_MS = 5_000;

/** Looks at the linked aliases of every application: MLflow tells nobody when an alias moves. */
export function createRegistryWatch({ control, registry, log }: RegistryDeps): SideWork {
  const lookedMs = new Map<string, number>();
  const underWay = new Map<string, Promise<void>>();
  let stopped = false;
  return {
    start: (nowMs) => {
      if (stopped) return;
      for (const application of new Set(listRegistryLinks(control).map((link) => link.application))) {
        const isTroubled = listIncidents(control, { application, status: "open", limit: 1 }).items.length > 0;
        const due = nowMs - (lookedMs.get(application) ?? -Infinity) >= (isTroubled ? INCIDENT_MS : CALM_MS);
        if (!due || underWay.has(application)) continue;
        lookedMs.set(application, nowMs);
        const look = registry
          .look(controllerContext(control, nowMs), application)
          .catch((error: unknown) => log.warn({ err: error, application }, "the registry could not be looked at"))
          .finally(() => underWay.delete(application));
        underWay.set(application, look);
      }
    },
    stop: async () => {
      stopped = true;
      await Promise.all(underWay.values());
    },
  };
}
