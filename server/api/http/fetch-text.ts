/** A short question to a neighbouring process. */
import { get } from "node:http";
import { text } from "node:stream/consumers";

export interface Target {
  host: string;
  port: number;
}

/** The answer's status and text, or undefined when none came in time. */
export function fetchText(
  target: Target,
  question: { path: string; timeoutMs: number },
): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(question.timeoutMs);
    const request = get({ ...target, path: question.path, signal }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body }),
        () => resolve(undefined),
      );
    });
    request.once("error", () => resolve(undefined));
  });
}
