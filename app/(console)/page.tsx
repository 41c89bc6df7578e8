/** The way in: the first application, or the first step where there is none. */
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { NoApplications } from "@/components/overview/no-applications";
import { signInPath } from "@/components/data/sign-in";
import { applicationPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export default async function HomePage(): Promise<ReactNode> {
  const caller = await api();
  const page = await caller.applications.list({}).catch((error: unknown) => {
    const path = signInPath(error, "/");
    if (path === null) throw error;
    return redirect(path);
  });
  const [first] = page.items;
  if (first !== undefined) redirect(applicationPath(first.id));
  return <NoApplications />;
}
