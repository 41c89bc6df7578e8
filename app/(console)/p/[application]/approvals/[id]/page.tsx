/** An approval is given on its rollout's page, beside the evidence. */
import { redirect } from "next/navigation";
import { rolloutPath } from "@/components/vocabulary/paths";

interface PageProps {
  params: Promise<{ application: string; id: string }>;
}

export default async function ApprovalPage({ params }: PageProps): Promise<never> {
  const { application, id } = await params;
  redirect(rolloutPath(application, decodeURIComponent(id)));
}
