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
export type ComponentNames = Outputs["components"]["names"];
export type ComponentVersions = Outputs["components"]["versions"];
export type ComponentUse = Outputs["components"]["usage"]["items"][number];
export type SessionItem = Outputs["me"]["sessions"]["items"][number];
export type RequestTrace = Outputs["requests"]["trace"];
export type RequestItem = Outputs["requests"]["list"]["items"][number];
export type RequestFacets = Outputs["requests"]["facets"];
export type ReleasePage = Outputs["releases"]["list"];
export type ReleaseListItem = ReleasePage["items"][number];
export type ReleaseManifest = Outputs["releases"]["get"];
export type RollbackPreview = Outputs["rollback"]["preview"];
export type RollbackProgress = Outputs["rollback"]["progress"];
export type IncidentSummary = Outputs["incidents"]["list"]["items"][number];
export type IncidentDetail = Outputs["incidents"]["get"];
export type AuditWitness = Outputs["audit"]["witness"];
export type IncidentImpact = NonNullable<Outputs["incidents"]["impact"]>;
export type IncidentBlame = NonNullable<Outputs["incidents"]["blame"]>;
export type Postmortem = Outputs["postmortems"]["get"];
export type NotificationRoute = Outputs["notifications"]["routes"]["items"][number];
export type NotificationDelivery = Outputs["notifications"]["deliveries"]["items"][number];
export type AuditEntry = Outputs["audit"]["list"]["items"][number];
export type RolloutDetail = Outputs["rollouts"]["get"];
export type RolloutEvaluation = Outputs["rollouts"]["evaluations"]["items"][number];
<<<<<<< HEAD
=======
export type WaitingRollout = Outputs["approvals"]["list"]["items"][number];
>>>>>>> main
export type GitDrift = Outputs["git"]["get"];
export type AliasDrift = GitDrift["aliases"][number];
export type GitApplied = Outputs["git"]["applyHead"];
export type GitPlan = Outputs["git"]["plan"];
export type PromptLibrary = Outputs["git"]["prompts"];
export type PromptItem = PromptLibrary["prompts"][number];
export type PromptDiff = Outputs["git"]["comparePrompts"];
export type Features = Outputs["features"]["list"];
export type FeatureViewItem = Features["items"][number];
export type PointInTime = Outputs["features"]["pointInTime"];
export type Judges = Outputs["judges"]["list"];
export type JudgeItem = Judges["items"][number];
export type RegistryLink = Outputs["registries"]["list"]["items"][number];
<<<<<<< HEAD
export type WaitingRollout = Outputs["approvals"]["list"]["items"][number];
=======
>>>>>>> main
export type TokenItem = Outputs["tokens"]["list"]["items"][number];
export type MemberItem = Outputs["members"]["list"]["items"][number];
export type DoctorReport = Outputs["intake"]["doctor"];
export type DoctorRecord = DoctorReport["records"][number];
export type TelemetryHealth = Outputs["intake"]["health"];
export type ShadowPairs = Outputs["compare"]["pairs"];
export type PolicySummary = Outputs["policies"]["list"]["items"][number];
export type PolicyDetail = Outputs["policies"]["get"];
export type PolicyCheck = Outputs["policies"]["check"];
export type PolicyDryRun = Outputs["policies"]["dryRun"];
export type PolicyReplay = Outputs["policies"]["replay"];
export type Forecast = Outputs["rollouts"]["forecast"];
