/** Every procedure, under the names that pages and the JSON API share. */
import { alertsRouter } from "./routers/alerts";
import { aliasesRouter } from "./routers/aliases";
import { applicationsRouter } from "./routers/applications";
import { assignmentRouter } from "./routers/assignment";
import { auditRouter } from "./routers/audit";
import { featuresRouter } from "./routers/features";
import { gatesRouter } from "./routers/gates";
import { incidentsRouter } from "./routers/incidents";
import { meRouter } from "./routers/me";
import { overviewRouter } from "./routers/overview";
import { policiesRouter } from "./routers/policies";
import { releasesRouter } from "./routers/releases";
import { rollbackRouter } from "./routers/rollback";
import { rolloutsRouter } from "./routers/rollouts";
import { tokensRouter } from "./routers/tokens";
import { createRouter } from "./trpc";

export const appRouter = createRouter({
  alerts: alertsRouter,
  aliases: aliasesRouter,
  applications: applicationsRouter,
  assignment: assignmentRouter,
  audit: auditRouter,
  features: featuresRouter,
  gates: gatesRouter,
  incidents: incidentsRouter,
  me: meRouter,
  overview: overviewRouter,
  policies: policiesRouter,
  releases: releasesRouter,
  rollback: rollbackRouter,
  rollouts: rolloutsRouter,
  tokens: tokensRouter,
});

export type AppRouter = typeof appRouter;
