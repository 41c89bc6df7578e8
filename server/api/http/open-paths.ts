/** What everyone may read: that the process lives, that the installation can work, its figures, and the API's description. */
import type { ApiDeps } from "@/server/api/context";
import { sendJson } from "@/server/api/rest/answer";
import type { Exchange } from "@/server/api/rest/exchange";
import { isLeaseHeld } from "@/server/store/control/readiness";
import { fetchText, type Target } from "./fetch-text";

/** The intake must answer within this, ms. */
const INTAKE_TIMEOUT_MS = 1_000;

interface OpenPathSettings {
  deps: ApiDeps;
  /** The intake's own listener. */
  intake: Target;
  /** The API's description, as JSON. */
  openApi: string;
  /** Prometheus text of this process and of the control database. */
  metrics: () => string;
}

/** Answers the open paths; false for any other. */
export function createOpenPaths(settings: OpenPathSettings): (exchange: Omit<Exchange, "actor">) => Promise<boolean> {
  const answers: Record<string, (exchange: Omit<Exchange, "actor">) => void | Promise<void>> = {
    "/healthz": ({ response }) => sendJson(response, { status: 200, body: JSON.stringify({ status: "ok" }) }),
    "/readyz": async ({ response }) => {
      const checks = { ...readControl(settings.deps), intake: await isIntakeAlive(settings.intake) };
      const ready = Object.values(checks).every(Boolean);
      sendJson(response, { status: ready ? 200 : 503, body: JSON.stringify({ ready, checks }) });
    },
    "/metrics": async ({ response }) => {
      const intake = await fetchText(settings.intake, { path: "/metrics", timeoutMs: INTAKE_TIMEOUT_MS });
      response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
      response.end(`${settings.metrics()}${intake?.status === 200 ? intake.body : ""}`);
    },
    "/api/v1/openapi.json": ({ response }) => sendJson(response, { status: 200, body: settings.openApi }),
  };
  return async (exchange) => {
    const { method } = exchange.request;
    const answer = method === "GET" || method === "HEAD" ? answers[exchange.url.pathname] : undefined;
    await answer?.(exchange);
    return answer !== undefined;
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

async function isIntakeAlive(intake: Target): Promise<boolean> {
  const answer = await fetchText(intake, { path: "/healthz", timeoutMs: INTAKE_TIMEOUT_MS });
  return answer?.status === 200;
}
