"use client";

import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { ConfirmButton } from "@/components/settings/confirm-button";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import type { ErrorBody } from "@/lib/errors/app-error";
import type { ActionResult } from "@/lib/http/user-action";
import type { FlyAppView } from "@/lib/settings/leftover-apps";

export interface LeftoverAppsProps {
  apps: FlyAppView[];
  /** Error of the request to Fly, or null. */
  error: ErrorBody | null;
  remove: (input: { app: string }) => Promise<ActionResult<null>>;
}

/** Apps that this Catwalk created at Fly and that no deployment uses. */
export function LeftoverApps({ apps, error, remove }: LeftoverAppsProps) {
  return (
    <Frame>
      {error ? (
        <Alert variant="destructive" role="presentation">
          <CircleAlert aria-hidden="true" />
          <AlertTitle>{error.message}</AlertTitle>
          <AlertDescription className="grid gap-1">
            {error.hint && <p>{error.hint}</p>}
            {error.detail && <p className="whitespace-pre-line break-words font-mono text-xs">{error.detail}</p>}
          </AlertDescription>
        </Alert>
      ) : apps.length === 0 ? (
        <p className="text-muted-foreground">None. Every app belongs to a deployment.</p>
      ) : (
        <ul aria-label="Apps left over" className="-mx-5 sm:-mx-6 -mb-5 sm:-mb-6 divide-y border-t">
          {apps.map(({ app, status, createdAt }) => (
            <li
              key={app}
              className="flex min-w-0 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 py-3.5 sm:px-6"
            >
              <div className="grid min-w-0 flex-1 basis-52 gap-0.5">
                <span className="min-w-0 break-all font-mono text-[0.8125rem]">{app}</span>
                <span className="flex flex-wrap gap-x-3 text-[0.8125rem] text-muted-foreground">
                  {createdAt && (
                    <span>
                      created <RelativeTime value={createdAt} />
                    </span>
                  )}
                  {status && <span>{status}</span>}
                </span>
              </div>
              <ConfirmButton
                label="Remove"
                accessibleLabel={`Remove ${app}`}
                title="Remove this app at Fly?"
                description={
                  <>
                    <span className="break-all font-mono text-[0.8125rem]">{app}</span> and its machine are deleted with
                    everything on it. This cannot be undone.
                  </>
                }
                confirmLabel="Remove app"
                action={remove}
                input={{ app }}
                onDone={() => toast.success("The app was removed.")}
              />
            </li>
          ))}
        </ul>
      )}
    </Frame>
  );
}

/** Placeholder while Fly is asked. */
export function LeftoverAppsPending() {
  return (
    <Frame>
      <p role="status" className="sr-only">
        Asking Fly
      </p>
      <Skeleton className="h-5 w-64 max-w-full" />
    </Frame>
  );
}

function Frame({ children }: { children: ReactNode }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>Apps left over</CardTitle>
        <CardDescription>
          Apps that this Catwalk created at Fly and that no deployment uses, for example after an interrupted delete.
          Fly bills you for them. Apps that you created yourself are never listed.
        </CardDescription>
      </CardHeader>
      <CardContent>{children}</CardContent>
    </Card>
  );
}
