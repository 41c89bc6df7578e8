/** The intake doctor: what a payload would become. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { DoctorScreen } from "@/components/doctor/doctor-screen";

export const metadata: Metadata = { title: "Intake doctor" };

export default async function DoctorPage({ params }: { params: Promise<{ application: string }> }): Promise<ReactNode> {
  const { application } = await params;
  return <DoctorScreen application={application} />;
}
