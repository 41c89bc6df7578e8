/** The ways in which a request can go wrong that telemetry counts, and how they are said. */

/** An event that is bad when it happens, or when it does not. */
export interface Symptom {
  readonly event: string;
  readonly badWhen: boolean;
  /** `did not complete the task`: after "the request" or "of 200 requests". */
  readonly words: string;
}

export const ERROR: Symptom = { event: "error", badWhen: true, words: "failed" };
export const NOT_DONE: Symptom = { event: "task_completion", badWhen: false, words: "did not complete the task" };
export const TOXIC: Symptom = { event: "toxicity", badWhen: true, words: "gave a toxic answer" };
export const VIOLATION: Symptom = { event: "policy_violation", badWhen: true, words: "violated a policy" };
export const REFUSAL: Symptom = { event: "refusal", badWhen: true, words: "refused" };

/** Every way of going wrong that has a name. */
export const SYMPTOMS: readonly Symptom[] = [NOT_DONE, ERROR, TOXIC, VIOLATION, REFUSAL];
