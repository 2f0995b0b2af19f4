"use client";

import { FormProblem } from "@/components/auth/form-problem";
import { GitHubButton } from "@/components/auth/github-button";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { ActionResult } from "@/lib/http/user-action";

type Action = (input: Record<string, never>) => Promise<ActionResult<null>>;

export interface GitHubLinkCardProps {
  isLinked: boolean;
  hasPassword: boolean;
  /** The GitHub account that the person chose is linked to another account here. */
  isTaken: boolean;
  prepare: Action;
  unlink: Action;
}

/** Links a GitHub account for signing in, or removes the link. */
export function GitHubLinkCard({ isLinked, hasPassword, isTaken, prepare, unlink }: GitHubLinkCardProps) {
  const preparation = useServerAction(prepare);
  const removal = useServerAction(unlink);
  const taken = isTaken && !isLinked ? "This GitHub account signs in to another account here." : null;
  return (
    <Card>
      <CardHeader>
        <CardTitle>Sign in with GitHub</CardTitle>
        <CardDescription>
          {isLinked
            ? "Your GitHub account is linked and can sign you in."
            : "Link a GitHub account to sign in with it. An equal e-mail address alone links nothing."}
        </CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        <FormProblem>{preparation.problem ?? removal.problem ?? taken}</FormProblem>
        {isLinked ? (
          <div>
            <Button
              variant="outline"
              disabled={removal.isBusy || !hasPassword}
              onClick={async () => {
                if ((await removal.run({})).ok) toast.success("GitHub no longer signs you in.");
              }}
            >
              {removal.isBusy && <Spinner />}
              Unlink GitHub
            </Button>
            {!hasPassword && (
              <p className="mt-2 text-[0.8125rem] text-muted-foreground">
                Choose a password first: GitHub is your only way to sign in.
              </p>
            )}
          </div>
        ) : (
          <div className="max-w-64">
            <GitHubButton goTo="/settings" label="Link GitHub" before={async () => (await preparation.run({})).ok} />
          </div>
        )}
      </CardContent>
    </Card>
  );
}
