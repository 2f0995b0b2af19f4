"use client";

import { type FormEvent, useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";
import type { UsableDeployment } from "@/lib/oauth/membership";

export interface ConsentFormProps {
  /** The route handler that takes the decision. */
  action: string;
  /** The account that was shown: a decision for another one, signed in since, is refused. */
  userId: string;
  clientName: string;
  /** What the person picks from; one is not offered as a choice. */
  deployments: UsableDeployment[];
  /** The redirect opens an app and leaves this page standing. */
  opensApp: boolean;
}

/**
 * Allow and Deny, as a plain form: it works before JavaScript is there and without it. A server action would be followed twice, and
 * the code in its redirect would be used up by a fetch.
 */
export function ConsentForm({ action, userId, clientName, deployments, opensApp }: ConsentFormProps) {
  const [sent, setSent] = useState<"allow" | "deny" | null>(null);

  // Going back to the page brings it as it was left, its buttons included.
  useEffect(() => {
    const reset = (event: PageTransitionEvent) => event.persisted && setSent(null);
    window.addEventListener("pageshow", reset);
    return () => window.removeEventListener("pageshow", reset);
  }, []);

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    if (sent !== null) return event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    setSent(submitter instanceof HTMLButtonElement && submitter.value === "deny" ? "deny" : "allow");
  }

  const [only] = deployments;
  return (
    <form method="post" action={action} onSubmit={onSubmit} className="grid gap-5">
      <input type="hidden" name="account" value={userId} />
      {deployments.length > 1 ? (
        <fieldset className="grid gap-2">
          <legend className="mb-2 font-medium text-sm">Which deployment should {clientName} use?</legend>
          {deployments.map((deployment, index) => (
            <label
              key={deployment.id}
              className="flex min-w-0 cursor-pointer items-center gap-3 rounded-lg border px-3 py-2.5 has-checked:border-foreground/40 has-focus-visible:ring-2 has-focus-visible:ring-ring"
            >
              <input type="radio" name="deployment" value={deployment.id} defaultChecked={index === 0} required />
              <span className="min-w-0 break-words">{deployment.name}</span>
            </label>
          ))}
        </fieldset>
      ) : (
        only && <input type="hidden" name="deployment" value={only.id} />
      )}
      {/* Buttons that are disabled while the form is being sent would not be part of it. */}
      <div className="grid gap-2 sm:grid-cols-2">
        <Button type="submit" name="decision" value="deny" variant="outline" aria-disabled={sent !== null}>
          Deny
        </Button>
        {only && (
          <Button type="submit" name="decision" value="allow" aria-disabled={sent !== null} className="sm:order-last">
            {sent === "allow" && !opensApp && <Spinner />}
            Allow
          </Button>
        )}
      </div>
      <p role="status" className="text-muted-foreground text-sm empty:hidden">
        {sent !== null && opensApp && "Your app takes over from here. You can close this window."}
      </p>
    </form>
  );
}
