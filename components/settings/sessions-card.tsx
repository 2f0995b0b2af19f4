"use client";

import { FormProblem } from "@/components/auth/form-problem";
import { SignOutButton } from "@/components/auth/sign-out-button";
import { useServerAction } from "@/components/hooks/use-server-action";
import { Button, buttonVariants } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { ActionResult } from "@/lib/http/user-action";

/** Ends this browser's session, or all others. */
export function SessionsCard({ action }: { action: (input: Record<string, never>) => Promise<ActionResult<null>> }) {
  const { run, isBusy, problem } = useServerAction(action);
  return (
    <Card>
      <CardHeader>
        <CardTitle>Sessions</CardTitle>
        <CardDescription>A browser stays signed in for 30 days.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        <FormProblem>{problem}</FormProblem>
        <div className="flex flex-wrap gap-2">
          <Button
            variant="outline"
            disabled={isBusy}
            onClick={async () => {
              if ((await run({})).ok) toast.success("You are signed out in every other browser.");
            }}
          >
            {isBusy && <Spinner />}
            Sign out everywhere else
          </Button>
          <SignOutButton className={buttonVariants({ variant: "ghost" })} />
        </div>
      </CardContent>
    </Card>
  );
}
