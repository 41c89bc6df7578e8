/** Approvals wait on their rollouts: paused ones stand first in that list. */
import { redirect } from "next/navigation";
import { sectionPath } from "@/components/vocabulary/paths";

export default async function ApprovalsPage({ params }: { params: Promise<{ application: string }> }): Promise<never> {
  const { application } = await params;
  redirect(sectionPath(application, "rollouts"));
}
