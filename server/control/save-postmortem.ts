/** Saves a new version of a postmortem's text. Nothing is overwritten: an older version stays, a newer one is not lost. */
import { z } from "zod";
import { conflict, invalidInput } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { SECTION_IDS, SectionText, textsById } from "@/server/domain/postmortem/sections";
import type { PostmortemRow } from "@/server/store/control/postmortems";
import type { ControlContext } from "./context";
import { requireIncident } from "./incident-core";
import { perform } from "./perform";
import { DraftInput, ExpectedVersion, requireVersion, writeVersion, type PostmortemVersion } from "./postmortem-core";
import { requireRole } from "./require-role";

/** What a caller sends. */
export const postmortemText = {
  incidentId: z.string(),
  expectedVersion: ExpectedVersion,
  /** The sections that are saved; one that is left out stays as it is. */
  sections: z.array(SectionText).min(1, "give at least one section").max(SECTION_IDS.length),
  /** What was changed, for the list of versions. */
  note: z.string().trim().min(1).max(300).optional(),
};

export const SavePostmortemInput = closedObject({ ...postmortemText, draft: DraftInput });
export type SavePostmortemInput = z.input<typeof SavePostmortemInput>;
type Given = z.output<typeof SavePostmortemInput>;

/**
 * @throws DomainError `not_found`; `precondition_failed` when somebody saved since `expectedVersion`; `conflict` for a
 *   published one.
 */
export function savePostmortem(context: ControlContext, input: SavePostmortemInput): PostmortemVersion {
  requireRole(context.actor, { role: "on_call" });
  const given = parseInput(SavePostmortemInput, input, "the postmortem");
  requireOnce(given);
  return perform(context, (act) => {
    const incident = requireIncident(act.tx, given);
    const newest = requireVersion(act, given);
    if (newest?.status === "published") {
      throw conflict(`the postmortem of ${incident.id} is published: set it back to draft to change it`);
    }
    const { draft, note } = given;
    const texts = nextTexts(given, newest);
    return writeVersion(act, { incident, newest, status: newest?.status ?? "draft", ...texts, draft, note }).row;
  });
}

function requireOnce({ sections }: Given): void {
  const ids = sections.map(({ id }) => id);
  const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index);
  if (twice === -1) return;
  const message = `section ${ids[twice] ?? ""} is there twice: send each once`;
  throw invalidInput(message, [{ pointer: `/sections/${twice}/id`, message }]);
}

/**
 * Beside each text what the generator had written: now, for what is saved now; as it was, for what somebody wrote earlier
 * and nobody touches now. Only so is it known later whether the record says more than that text.
 */
function nextTexts(
  { sections, draft }: Given,
  newest: PostmortemRow | undefined,
): { sections: SectionText[]; generated: SectionText[] } {
  const given = textsById(sections);
  const drafted = textsById(draft.sections);
  const kept = textsById(newest?.sections ?? []);
  const then = textsById(newest?.generated ?? []);
  const next = SECTION_IDS.map((id) => {
    const now = drafted.get(id) ?? "";
    const saved = kept.get(id);
    const untouched = saved === undefined || saved === (then.get(id) ?? "");
    const text = given.get(id) ?? (untouched ? now : saved);
    const old = !untouched && text === saved ? (then.get(id) ?? "") : now;
    return { id, text, generated: old };
  });
  return {
    sections: next.map(({ id, text }) => ({ id, markdown: text })),
    generated: next.map(({ id, generated }) => ({ id, markdown: generated })),
  };
}
