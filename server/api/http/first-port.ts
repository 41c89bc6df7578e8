/** Everything that answers on the first port, wired: the JSON API, tRPC, sign-in, probes, the way to the intake, pages. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createApi, type Api } from "@/server/api/api";
import { createCaller } from "@/server/api/caller";
import { createContext } from "@/server/api/context";
import type { EndpointDeps } from "@/server/api/endpoints/endpoint";
import type { ApiHandle } from "@/server/api/handle";
import { authHandler, createAuth } from "@/server/auth/auth";
import { createFirstRun, type FirstRun } from "@/server/auth/first-run";
import { handleForm } from "@/server/auth/forms";
import { identify, identifyVisitor } from "@/server/auth/identify";
import type { SingleSignOnSettings } from "@/server/auth/single-sign-on";
import type { Target } from "./fetch-text";
import { createIntakeProxy } from "./intake-proxy";
import { createListener } from "./listener";
import { createMetrics } from "./metrics";
import { createOpenPaths } from "./open-paths";
import { createTrpcHandler } from "./trpc-handler";

export interface FirstPortSettings {
  deps: EndpointDeps;
  /** Signs session cookies. */
  secret: string;
  /** The intake's own listener. */
  intake: Target;
  /** The product's version, for the API's description. */
  version: string;
  dev: boolean;
  /** The header in which a trusted proxy names the client. */
  clientIpHeader: string | undefined;
  /** Undefined without single sign-on. */
  singleSignOn?: SingleSignOnSettings | undefined;
  /** Renders pages and serves their assets. */
  pages: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export interface FirstPort {
  listener: (request: IncomingMessage, response: ServerResponse) => void;
  api: Api;
  /** For server components. */
  handle: ApiHandle;
  firstRun: FirstRun;
  close: () => void;
}

export function createFirstPort(settings: FirstPortSettings): FirstPort {
  const { deps, intake } = settings;
  const { control, clock, publicUrl, log } = deps;
  const auth = createAuth({
    control,
    secret: settings.secret,
    publicUrl,
    clock,
    log,
    singleSignOn: settings.singleSignOn,
  });
  const firstRun = createFirstRun({ control, clock });
  const who = { auth, control, clock };
  const api = createApi(deps, settings.version);
  const metrics = createMetrics(deps);
  const proxy = createIntakeProxy(intake, log);
  const listener = createListener({
    deps,
    metrics,
    proxy,
    dev: settings.dev,
    clientIpHeader: settings.clientIpHeader,
    openPaths: createOpenPaths({ deps, intake, openApi: api.openApi, metrics: metrics.render }),
    auth: authHandler(auth),
    forms: (request, response) => handleForm({ auth, firstRun, publicUrl }, request, response),
    identify: (request) => identify(who, request.headers),
    identifyVisitor: (request) => identifyVisitor(who, request.headers),
    needsSetup: firstRun.isNeeded,
    trpc: createTrpcHandler(deps.router, deps),
    api: api.handle,
    pages: settings.pages,
  });
  const callerFor: ApiHandle["callerFor"] = async (headers) => {
    // The same caller as the listener let in, token or person: else it would send back whom this turns away.
    const { actor } = await identifyVisitor(who, Object.fromEntries(headers));
    return createCaller(createContext(deps, { actor, requestId: headers.get("x-request-id") ?? "page" }));
  };
  return {
    listener,
    api,
    handle: { callerFor, singleSignOnName: settings.singleSignOn?.name },
    firstRun,
    close: proxy.close,
  };
}
