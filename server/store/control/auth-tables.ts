/** The tables that the sign-in library works on, under the names it looks for. Nothing else queries through this. */
import { accounts, sessions, users, verifications } from "@/db/control/schema/auth";

export const authTables = { users, sessions, accounts, verifications };
