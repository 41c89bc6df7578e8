/** The people of the installation and their roles. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { ROLES } from "@/server/domain/vocabulary";
import { listUsers } from "@/server/store/control/users";
import type { ReadDeps } from "./deps";

export const MemberView = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(ROLES),
  createdAt: Time,
});

/** Everyone, by name; tens. */
export function memberList({ control }: ReadDeps): z.input<typeof MemberView>[] {
  return listUsers(control).map(({ createdAtMs, ...member }) => ({ ...member, createdAt: createdAtMs }));
}
