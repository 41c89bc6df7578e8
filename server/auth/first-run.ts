/** The first administrator: whoever can read the log, or holds an admin token, may set up one account, once. */
import { randomInt, timingSafeEqual, createHash } from "node:crypto";
import { z } from "zod";
import { DomainError } from "@/server/domain/errors";
import type { ControlDatabase } from "@/server/store/control/database";
import { countUsers } from "@/server/store/control/users";
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from "./password-length";
import { authenticateToken } from "./token";
import { createUser } from "./users";

type ClaimOutcome = "created" | "code" | "email" | "name" | "password" | "done";

export interface FirstRun {
  /** True until the first person exists. */
  isNeeded: () => boolean;
  /** The one-time code, for the log; undefined when set-up is done. */
  code: string | undefined;
  /** Creates the administrator, or names the field that does not do. */
  claim: (form: { code: string; name: string; email: string; password: string }) => Promise<ClaimOutcome>;
}

const Administrator = z.object({
  email: z.email(),
  name: z.string().trim().min(1).max(100),
  password: z.string().min(PASSWORD_MIN_LENGTH).max(PASSWORD_MAX_LENGTH),
});

/** Draws the code when nobody exists yet. `clock` gives epoch ms. */
export function createFirstRun(settings: { control: ControlDatabase; clock: () => number }): FirstRun {
  const { control, clock } = settings;
  let done = countUsers(control) > 0;
  const code = done ? undefined : drawCode();
  const isNeeded = (): boolean => {
    done ||= countUsers(control) > 0;
    return !done;
  };
  const mayClaim = (given: string): boolean =>
    (code !== undefined && equalSecrets(given.trim().toUpperCase(), code)) || isAdminToken(control, given, clock());
  return {
    isNeeded,
    code,
    claim: async (form) => {
      if (!isNeeded()) return "done";
      if (!mayClaim(form.code)) return "code";
      const parsed = Administrator.safeParse(form);
      if (!parsed.success) return z.enum(["email", "name", "password"]).parse(parsed.error.issues[0]?.path[0]);
      const actor = { kind: "system", id: "setup", name: "First set-up", role: null, scopes: [] } as const;
      const administrator = { ...parsed.data, role: "admin" } as const;
      return createUser({ db: control, nowMs: clock(), actor }, administrator, { onlyFirst: true }).then(
        () => "created",
        wasFirst,
      );
    },
  };
}

/** Somebody else finished first: then set-up is done, which is no error. */
function wasFirst(error: unknown): "done" {
  if (error instanceof DomainError && error.code === "conflict") return "done";
  throw error;
}

/** Ten characters without look-alikes, as `XXXXX-XXXXX`: 49 bits, beyond guessing over a network. */
function drawCode(): string {
  const letters = "ABCDEFGHJKMNPQRSTVWXYZ23456789";
  const draw = (): string => Array.from({ length: 5 }, () => letters.charAt(randomInt(letters.length))).join("");
  return `${draw()}-${draw()}`;
}

function equalSecrets(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function isAdminToken(control: ControlDatabase, token: string, nowMs: number): boolean {
  return authenticateToken(control, { token, nowMs })?.role === "admin";
}
