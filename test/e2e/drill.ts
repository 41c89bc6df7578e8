/** Applications of their own to act on: each drill registers, moves and starts what it needs through the public calls. */
import type { APIRequestContext } from "@playwright/test";
import { call } from "./installation";

async function register(request: APIRequestContext, application: string, prompt: string): Promise<string> {
  const data = { application, components: { prompt, model: "small@1" } };
  return String((await call(request, { method: "POST", path: "/api/v1/releases", data }))["releaseId"]);
}

async function point(request: APIRequestContext, application: string, releaseId: string): Promise<void> {
  const data = { releaseId, reason: "drill" };
  await call(request, { method: "PUT", path: `/api/v1/applications/${application}/aliases/production`, data });
}

/** An application whose production went from one release to another: there is a known good one to go back to. */
export async function servedApplication(
  request: APIRequestContext,
  application: string,
): Promise<{ good: string; serving: string }> {
  const good = await register(request, application, "answer@1");
  const serving = await register(request, application, "answer@2");
  await point(request, application, good);
  await point(request, application, serving);
  return { good, serving };
}

/** A rollout whose first step asks one person, who may be the one that started it. */
export async function pausedRollout(request: APIRequestContext, application: string): Promise<string> {
  await point(request, application, await register(request, application, "answer@1"));
  const candidate = await register(request, application, "answer@2");
  await call(request, {
    method: "PUT",
    path: "/api/v1/policies/approval-drill",
    data: {
      name: "approval-drill",
      allow_self_approval: true,
      thresholds: { error_rate: { max: 0.05, window: "5m", action: "rollback" } },
      steps: [{ approval: { required: 1 } }, { canary: "10%", min_duration: "1h" }],
    },
  });
  const data = { application, alias: "production", candidate, policy: "approval-drill" };
  return String((await call(request, { method: "POST", path: "/api/v1/rollouts", data }))["id"]);
}
