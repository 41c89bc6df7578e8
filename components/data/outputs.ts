/** The shapes that pages receive, taken from the API's own declarations. Types only. */
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "@/server/api/router";

type Outputs = inferRouterOutputs<AppRouter>;
export type Inputs = inferRouterInputs<AppRouter>;

export type Me = Outputs["me"]["get"];
export type ApplicationItem = Outputs["applications"]["list"]["items"][number];
export type Overview = Outputs["overview"]["get"];
export type Compare = Outputs["compare"]["get"];
export type CompareRow = Compare["rows"][number];
export type RolloutSummary = Overview["rollouts"][number]["rollout"];
export type ReleaseRef = RolloutSummary["candidate"];
export type AliasMove = Overview["moves"][number];
export type ComponentChange = Compare["changes"][number];
export type Verdict = CompareRow["verdict"];
export type RequestTrace = Outputs["requests"]["trace"];
export type RequestItem = Outputs["requests"]["list"]["items"][number];
export type ReleasePage = Outputs["releases"]["list"];
export type ReleaseListItem = ReleasePage["items"][number];
export type ReleaseManifest = Outputs["releases"]["get"];
export type RollbackPreview = Outputs["rollback"]["preview"];
export type RollbackProgress = Outputs["rollback"]["progress"];
export type IncidentSummary = Outputs["incidents"]["list"]["items"][number];
export type IncidentDetail = Outputs["incidents"]["get"];
export type AuditEntry = Outputs["audit"]["list"]["items"][number];
export type RolloutDetail = Outputs["rollouts"]["get"];
export type RolloutEvaluation = Outputs["rollouts"]["evaluations"]["items"][number];
export type TokenItem = Outputs["tokens"]["list"]["items"][number];
export type MemberItem = Outputs["members"]["list"]["items"][number];
export type PolicySummary = Outputs["policies"]["list"]["items"][number];
export type PolicyDetail = Outputs["policies"]["get"];
export type PolicyCheck = Outputs["policies"]["check"];
export type PolicyDryRun = Outputs["policies"]["dryRun"];
export type PolicyReplay = Outputs["policies"]["replay"];
export type Forecast = Outputs["rollouts"]["forecast"];
