/**
 * Who may call what: every procedure and endpoint against every role and scope. A new one that is not in this table
 * fails the test, and so does one whose declared access differs from it.
 */
import { describe, expect, test } from "vitest";
import { listProcedures } from "@/server/api/rest/procedures";
import { appRouter } from "@/server/api/router";
import { ROLES, TOKEN_SCOPES, type Role, type TokenScope } from "@/server/domain/vocabulary";
import { startApi } from "./api-server";

/** The least role, and the scopes that also suffice. */
type Row = readonly [Role, ...TokenScope[]];

const READ: Row = ["viewer", "read"];
const GATEWAY: Row = ["viewer", "gateway", "read"];
const PIPELINE_READ: Row = ["viewer", "ci", "read"];
const ON_CALL: Row = ["on_call"];
const MANAGER: Row = ["release_manager"];
const PIPELINE: Row = ["release_manager", "ci"];
const ADMIN: Row = ["admin"];

const PROCEDURES: Readonly<Record<string, Row>> = {
  "alerts.alertmanager": ["on_call", "ingest"],
  "aliases.acknowledge": ["release_manager", "gateway"],
  "aliases.get": GATEWAY,
  "aliases.history": READ,
  // Moves that are no emergency need a release manager: the verb itself looks at the cause.
  "aliases.move": ON_CALL,
  "applications.list": READ,
  "applications.put": MANAGER,
  "approvals.list": READ,
  "assignment.get": GATEWAY,
  "audit.checkpoints": READ,
  "audit.key": READ,
  "audit.list": READ,
  "audit.verify": READ,
  "audit.witness": READ,
  "compare.differs": READ,
  "compare.get": READ,
  "compare.pairs": READ,
  "components.list": PIPELINE_READ,
  "components.names": PIPELINE_READ,
  "components.register": PIPELINE,
  "components.usage": PIPELINE_READ,
  "components.versions": PIPELINE_READ,
  "features.fingerprint": ["release_manager", "ci", "ingest"],
  "features.list": READ,
  "features.pointInTime": READ,
  "features.putView": PIPELINE,
  "features.submitSet": PIPELINE,
  "gates.check": PIPELINE_READ,
  "git.applyHead": PIPELINE,
  "git.clearQuarantine": MANAGER,
  "git.comparePrompts": READ,
  "git.get": PIPELINE_READ,
  "git.plan": PIPELINE_READ,
  "git.prompts": READ,
  "git.put": ADMIN,
  "git.reconcile": ON_CALL,
  "git.remove": ADMIN,
  "incidents.blame": READ,
  "incidents.get": READ,
  "incidents.impact": READ,
  "incidents.list": READ,
  "incidents.note": ON_CALL,
  "incidents.correctNote": ON_CALL,
  "incidents.open": ON_CALL,
  "incidents.pin": ON_CALL,
  "incidents.setCommander": ON_CALL,
  "incidents.setStatus": ON_CALL,
  "intake.doctor": ["viewer", "ingest", "read"],
  "intake.health": READ,
  "judges.anchor": PIPELINE,
  "judges.label": PIPELINE,
  "judges.list": READ,
  // A role token passes and is told that it has no sessions.
  "me.endSessions": ["viewer"],
  "me.get": ["viewer", ...TOKEN_SCOPES],
  "me.sessions": ["viewer"],
  "members.create": ADMIN,
  "members.endSessions": ADMIN,
  "members.list": ADMIN,
  "members.setRole": ADMIN,
  "notifications.deliveries": READ,
  "notifications.put": ADMIN,
  "notifications.remove": ADMIN,
  "notifications.resend": ON_CALL,
  "notifications.routes": READ,
  "notifications.switch": ADMIN,
  "notifications.test": ADMIN,
  "overview.get": READ,
  "policies.approve": MANAGER,
  "policies.check": READ,
  "policies.dryRun": READ,
  "policies.get": READ,
  "policies.list": READ,
  "policies.put": MANAGER,
  "policies.reject": MANAGER,
  "policies.replay": READ,
  "postmortems.actions": READ,
  "postmortems.addAction": ON_CALL,
  "postmortems.get": READ,
  "postmortems.save": ON_CALL,
  "postmortems.setStatus": ON_CALL,
  "postmortems.updateAction": ON_CALL,
  "postmortems.versions": READ,
  "registries.link": ADMIN,
  "registries.list": READ,
  "releases.diff": PIPELINE_READ,
  "releases.get": PIPELINE_READ,
  "releases.list": READ,
  "rehearsals.list": READ,
  "rehearsals.start": ON_CALL,
  "releases.register": PIPELINE,
  "releases.submitEvaluation": PIPELINE,
  "requests.facets": READ,
  "requests.list": READ,
  "requests.reveal": ON_CALL,
  "requests.trace": READ,
  "rollback.execute": ON_CALL,
  "rollback.preview": READ,
  "rollback.progress": READ,
  "rollback.propose": ON_CALL,
  "rollouts.abort": ON_CALL,
  "rollouts.analysis": PIPELINE_READ,
  "rollouts.approve": MANAGER,
  "rollouts.evaluations": READ,
  "rollouts.extend": MANAGER,
  "rollouts.forecast": PIPELINE_READ,
  "rollouts.get": PIPELINE_READ,
  "rollouts.list": READ,
  "rollouts.pause": ON_CALL,
  "rollouts.reject": MANAGER,
  "rollouts.resume": MANAGER,
  "rollouts.start": PIPELINE,
  "tokens.create": ADMIN,
  "tokens.list": ADMIN,
  "tokens.revoke": ADMIN,
  "windows.series": READ,
};

/** Endpoints beside the procedures' own paths. */
const ENDPOINTS: Readonly<Record<string, Row>> = {
  "GET /api/v1/applications/{application}/aliases/{alias}": GATEWAY,
  "GET /api/v1/applications/{application}/aliases/{alias}/stream": GATEWAY,
  "GET /api/v1/audit/export": READ,
  "GET /api/v1/events": READ,
  "GET /api/v1/incidents/{incidentId}/postmortem": READ,
  "GET /api/v1/incidents/{incidentId}/requests": READ,
  // The signature decides: a token neither helps nor hinders.
  "POST /api/v1/applications/{application}/git/webhook": ["viewer", ...TOKEN_SCOPES],
  "POST /ofrep/v1/evaluate/flags": GATEWAY,
  "POST /ofrep/v1/evaluate/flags/{key}": GATEWAY,
};

type Holder = { role: Role } | { scopes: TokenScope[] };

function mayCall([least, ...scopes]: Row, holder: Holder): boolean {
  if ("role" in holder) return ROLES.indexOf(holder.role) >= ROLES.indexOf(least);
  return holder.scopes.some((scope) => scopes.includes(scope));
}

const HOLDERS: [string, Holder][] = [
  ...ROLES.map((role): [string, Holder] => [`role ${role}`, { role }]),
  ...TOKEN_SCOPES.map((scope): [string, Holder] => [`scope ${scope}`, { scopes: [scope] }]),
];

const declared = listProcedures(appRouter);

test("the table names every procedure and every endpoint, and nothing else", async () => {
  expect(declared.map(({ name }) => name).toSorted()).toEqual(Object.keys(PROCEDURES).toSorted());
  const api = await startApi();
  const paths = new Set(
    declared.flatMap(({ meta: { rest } }) => (rest === undefined ? [] : [`${rest.method} ${rest.path}`])),
  );
  const others = api.api.routes.map(({ method, path }) => `${method} ${path}`).filter((route) => !paths.has(route));
  expect(others.toSorted()).toEqual(Object.keys(ENDPOINTS).toSorted());
});

describe.each(HOLDERS)("with %s", (_, holder) => {
  test("each procedure is answered or refused as the table says, in tRPC", async () => {
    const api = await startApi();
    const token = api.tokenFor(holder);
    const wrong: string[] = [];
    for (const { name, type } of declared) {
      const row = PROCEDURES[name];
      if (row === undefined) continue;
      const method = type === "query" ? "GET" : "POST";
      // Without input most calls are refused further in: only whether access refused it is looked at.
      const { status } = await api.call(method, `/api/trpc/${name}`, {
        token,
        ...(type === "query" ? {} : { body: {} }),
      });
      if ((status !== 403) !== mayCall(row, holder)) wrong.push(`${name}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  test("each path is answered or refused as the table says, in the JSON API", async () => {
    const api = await startApi();
    const token = api.tokenFor(holder);
    const byPath = new Map<string, string>(
      declared.flatMap(({ name, meta: { rest } }) =>
        rest === undefined ? [] : [[`${rest.method} ${rest.path}`, name] as const],
      ),
    );
    const wrong: string[] = [];
    for (const { method, path } of api.api.routes) {
      const key = `${method} ${path}`;
      const row = ENDPOINTS[key] ?? PROCEDURES[byPath.get(key) ?? ""];
      if (row === undefined || key === "GET /api/v1/audit/export") continue;
      const target = path.replaceAll(/\{\w+\}/g, "none");
      const { status } = await api.call(method, target, { token, ...(method === "GET" ? {} : { body: {} }) });
      if ((status !== 403) !== mayCall(row, holder)) wrong.push(`${key}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });
});

test.each([
  ["nobody", undefined],
  ["an unknown token", "sbk_unknown"],
])("%s is refused everywhere with 401", async (_, token) => {
  const api = await startApi();
  for (const { method, path } of api.api.routes) {
    const target = path.replaceAll(/\{\w+\}/g, "none");
    const answer = await api.call(method, target, {
      ...(token === undefined ? {} : { token }),
      ...(method === "GET" ? {} : { body: {} }),
    });
    expect(answer, `${method} ${path}`).toMatchObject({ status: 401 });
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
  }
  for (const { name, type } of declared) {
    const answer = await api.call(type === "query" ? "GET" : "POST", `/api/trpc/${name}`, {
      ...(token === undefined ? {} : { token }),
      ...(type === "query" ? {} : { body: {} }),
    });
    expect(answer, name).toMatchObject({ status: 401 });
  }
});

test("an on-call person moves an alias in an emergency only", async () => {
  const api = await startApi();
  const releaseId = api.world.release(1);
  const token = api.tokenFor({ role: "on_call" });
  const move = (cause: string) =>
    api.call("PUT", "/api/v1/applications/deploy-assistant/aliases/production", {
      token,
      body: { releaseId, reason: "test", cause },
    });
  expect(await move("manual")).toMatchObject({ status: 403 });
  expect(await move("break_glass")).toMatchObject({ status: 200 });
});
