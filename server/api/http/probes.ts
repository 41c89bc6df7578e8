/** `/healthz` says that the process lives, `/readyz` that the installation can do its work. Both are open to everyone. */
import { get } from "node:http";
import type { ApiDeps } from "@/server/api/context";
import { sendJson } from "@/server/api/rest/answer";
import type { Exchange } from "@/server/api/rest/exchange";
import { isLeaseHeld } from "@/server/store/control/readiness";

/** The intake must answer within this, ms. */
const INTAKE_TIMEOUT_MS = 1_000;

interface ProbeSettings {
  deps: ApiDeps;
  /** The intake's own listener. */
  intake: { host: string; port: number };
}

/** Answers the probes; false for any other path. */
export function createProbes(settings: ProbeSettings): (exchange: Omit<Exchange, "actor">) => Promise<boolean> {
  return async ({ response, url }) => {
    if (url.pathname === "/healthz") {
      sendJson(response, { status: 200, body: JSON.stringify({ status: "ok" }) });
      return true;
    }
    if (url.pathname !== "/readyz") return false;
    const checks = { ...readControl(settings.deps), intake: await reachIntake(settings.intake) };
    const ready = Object.values(checks).every(Boolean);
    sendJson(response, { status: ready ? 200 : 503, body: JSON.stringify({ ready, checks }) });
    return true;
  };
}

/** The controller renews its lease with every tick; without it nothing is evaluated. */
function readControl({ control, clock, log }: ApiDeps): { database: boolean; controller: boolean } {
  try {
    return { database: true, controller: isLeaseHeld(control, { name: "controller", nowMs: clock() }) };
  } catch (error) {
    log.error({ err: error }, "the control database cannot be read");
    return { database: false, controller: false };
  }
}

function reachIntake(intake: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ ...intake, path: "/healthz", timeout: INTAKE_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once("timeout", () => request.destroy());
    request.once("error", () => resolve(false));
  });
}
