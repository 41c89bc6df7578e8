/** The story of the demo as stations with the page that shows each. Pure. */
import {
  applicationPath,
  incidentPath,
  postmortemPath,
  requestPath,
  rollbackPath,
  sectionPath,
} from "@/components/vocabulary/paths";

export interface TourFacts {
  application: string;
  /** The newest incident; null until the story has got there. */
  incident: { id: string; rolloutId: string | null; alias: string | null } | null;
  /** One of the requests that went wrong; null until there is one. */
  requestId: string | null;
}

export interface TourStep {
  title: string;
  text: string;
  /** Of the link. */
  action: string;
  /** Null until the story has got there. */
  href: string | null;
}

export function tourSteps({ application, incident, requestId }: TourFacts): TourStep[] {
  const { id, rolloutId, alias } = incident ?? { id: null, rolloutId: null, alias: null };
  return [
    {
      title: "A canary that passed every gate",
      text: "DeployBuddy got two new features. Golden set, safety and latency were fine; the parity check was not, and somebody overrode it. Now it answers 20 % of tenants. Within a minute us-west goes wrong, and the first sentence of the overview says what is done about it.",
      action: "Look at the overview",
      href: applicationPath(application),
    },
    {
      title: "Against the control, at the same time",
      text: "Over all requests the candidate looks bearable. Per region it does not: the limit is broken in us-west alone. That is what the decision rests on, with its evidence.",
      action: "Look at the comparison",
      href:
        rolloutId === null
          ? null
          : `${sectionPath(application, "compare")}?${new URLSearchParams({ rollout: rolloutId, tab: "segments" }).toString()}`,
    },
    {
      title: "From one answer to everything that served it",
      text: "One affected request: the release, the feature values with their times, and what changed since the last known good. The feature view was computed differently offline and online.",
      action: "Look at one request",
      href: requestId === null ? null : requestPath(application, requestId),
    },
    {
      title: "The incident that was open before anybody looked",
      text: "What the system did, whom it hit and what it cost beyond the control, and which component is to blame. Take the lead with one press, and write a note.",
      action: "Look at the incident",
      href: id === null ? null : incidentPath(application, id),
    },
    {
      title: "Going back by hand",
      text: "The policy went back by itself. A person does it here: what changes, what it will not undo, whom it moves. Try it: this is a drill.",
      action: "Look at the panel",
      href: rollbackPath(application, { alias: alias ?? "production" }),
    },
    {
      title: "The review starts from facts",
      text: "A draft that nobody had to type, every line with its evidence. Edit a section, send it to review, print it.",
      action: "Look at the postmortem",
      href: id === null ? null : postmortemPath(application, id),
    },
  ];
}
