/** Every procedure, under the names that pages and the JSON API share. */
import { alertsRouter } from "./routers/alerts";
import { aliasesRouter } from "./routers/aliases";
import { applicationsRouter } from "./routers/applications";
import { approvalsRouter } from "./routers/approvals";
import { assignmentRouter } from "./routers/assignment";
import { auditRouter } from "./routers/audit";
import { compareRouter } from "./routers/compare";
import { componentsRouter } from "./routers/components";
import { featuresRouter } from "./routers/features";
import { gatesRouter } from "./routers/gates";
import { gitRouter } from "./routers/git";
import { incidentsRouter } from "./routers/incidents";
import { intakeRouter } from "./routers/intake";
import { judgesRouter } from "./routers/judges";
import { meRouter } from "./routers/me";
import { membersRouter } from "./routers/members";
import { notificationsRouter } from "./routers/notifications";
import { overviewRouter } from "./routers/overview";
import { policiesRouter } from "./routers/policies";
import { postmortemsRouter } from "./routers/postmortems";
import { rehearsalsRouter } from "./routers/rehearsals";
import { registriesRouter } from "./routers/registries";
import { releasesRouter } from "./routers/releases";
import { requestsRouter } from "./routers/requests";
import { rollbackRouter } from "./routers/rollback";
import { rolloutsRouter } from "./routers/rollouts";
import { tokensRouter } from "./routers/tokens";
import { windowsRouter } from "./routers/windows";
import { createRouter } from "./trpc";

export const appRouter = createRouter({
  alerts: alertsRouter,
  aliases: aliasesRouter,
  applications: applicationsRouter,
  approvals: approvalsRouter,
  assignment: assignmentRouter,
  audit: auditRouter,
  compare: compareRouter,
  components: componentsRouter,
  features: featuresRouter,
  gates: gatesRouter,
  git: gitRouter,
  incidents: incidentsRouter,
  intake: intakeRouter,
  judges: judgesRouter,
  me: meRouter,
  members: membersRouter,
  notifications: notificationsRouter,
  overview: overviewRouter,
  policies: policiesRouter,
  postmortems: postmortemsRouter,
  registries: registriesRouter,
  rehearsals: rehearsalsRouter,
  releases: releasesRouter,
  requests: requestsRouter,
  rollback: rollbackRouter,
  rollouts: rolloutsRouter,
  tokens: tokensRouter,
  windows: windowsRouter,
});

export type AppRouter = typeof appRouter;
