/** Who may approve, and what an approval is bound to (2-domain, rule 8). */
import { canonicalText } from "@/server/domain/canonical-text";
import { sha256Hex } from "@/server/domain/hash";

/** Somebody by every name the product knows: user id, display name, e-mail. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
}

const NAME_AND_EMAIL = /^(.*?)\s*<([^<>]+)>$/;

/**
 * Whether a person and a party written as text (a commit's author `Ana Lima <ana@example.org>`, a user's id or name) may
 * be the same. Any shared name counts: to refuse an approval is the safe mistake.
 */
export function isSameParty(person: Identity, party: string): boolean {
  const own = new Set([person.id, person.name, ...(person.email === undefined ? [] : [person.email])].flatMap(namesIn));
  return namesIn(party).some((name) => own.has(name));
}

function namesIn(text: string): string[] {
  const [, name = "", email = ""] = NAME_AND_EMAIL.exec(text.trim()) ?? [];
  return [text, name, email].map((part) => part.trim().toLowerCase()).filter((part) => part !== "");
}

/** A broken limit, as far as an approval depends on it. */
export interface ApprovedViolation {
  readonly metric: string;
  readonly action: string;
  readonly segment?: string | undefined;
}

/** The limits that are broken, each once, in a stable order: values may wobble, which limits are broken is material. */
export function violationKeys(violations: readonly ApprovedViolation[]): string[] {
  const keys = violations.map(
    ({ metric, action, segment }) => `${action} ${metric}${segment === undefined ? "" : ` ${segment}`}`,
  );
  return [...new Set(keys)].toSorted();
}

/**
 * What an approval is bound to: release, policy version, step, and which limits are broken. When one of them changes, the
 * hash does, and the approvals given so far no longer count.
 */
export function evidenceHash(evidence: {
  readonly candidateId: string;
  readonly policyName: string;
  readonly policyVersion: number;
  readonly stepIndex: number;
  readonly violations: readonly ApprovedViolation[];
}): string {
  const { violations, ...rest } = evidence;
  return sha256Hex(canonicalText({ ...rest, violations: violationKeys(violations) }));
}
