"use client";

import { CircleAlert } from "lucide-react";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { ButtonLink } from "@/components/ui/button-link";
import { checkPublicUrl } from "@/lib/setup/public-url";
import { useBrowserOrigin } from "./use-browser-origin";

export interface SetupProblemsProps {
  /** Problems that prevent a first deployment. */
  problems: { title: string; message: string }[];
  publicUrl: string;
}

/** Lists what to fix before the first deployment. Renders nothing when everything works. */
export function SetupProblems({ problems, publicUrl }: SetupProblemsProps) {
  const origin = useBrowserOrigin();
  const url = origin === null ? null : checkPublicUrl(publicUrl, origin);
  const all = url?.state === "bad" ? [...problems, { title: "Public URL", message: url.message }] : problems;
  if (all.length === 0) return null;
  return (
    <Alert variant="warning" role="status">
      <CircleAlert aria-hidden="true" />
      <AlertTitle>Before your first deployment</AlertTitle>
      <AlertDescription className="grid gap-3">
        <ul className="grid gap-1">
          {all.map(({ title, message }) => (
            <li key={title}>
              <span className="text-foreground">{title}:</span> {message}
            </li>
          ))}
        </ul>
        <ButtonLink variant="outline" size="sm" className="w-fit" href="/settings/set-up">
          See what to do
        </ButtonLink>
      </AlertDescription>
    </Alert>
  );
}
