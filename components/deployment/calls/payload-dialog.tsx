"use client";

import { usePolling } from "@/components/hooks/use-polling";
import {
  AlertDialog,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle,
  AlertDialogTrigger,
} from "@/components/ui/alert-dialog";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { CallPayloadView, CallView } from "@/lib/deployments/view";
import { useDeploymentPage } from "../context";
import { LongText } from "../long-text";
import { toReadableMessage } from "./readable-message";

/** The record of a call does not change. */
const REFRESH_MS = 600_000;

/** A button that shows what a client sent and got in a call. */
export function PayloadDialog({ call }: { call: CallView }) {
  return (
    <AlertDialog>
      <AlertDialogTrigger asChild>
        <Button variant="outline" size="sm" aria-label={`Show arguments and result of ${call.target ?? call.method}`}>
          Show
        </Button>
      </AlertDialogTrigger>
      <AlertDialogContent className="max-h-[90dvh]! max-w-3xl! overflow-y-auto">
        <AlertDialogHeader>
          <AlertDialogTitle className="wrap-anywhere">{call.target ?? call.method}</AlertDialogTitle>
          <AlertDialogDescription>
            What the client sent and got. This server's own secrets are taken out.
          </AlertDialogDescription>
        </AlertDialogHeader>
        <Payload callId={call.id} />
        <AlertDialogFooter>
          <AlertDialogCancel>Close</AlertDialogCancel>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}

function Payload({ callId }: { callId: string }) {
  const { view } = useDeploymentPage();
  const { value, trouble, isGone } = usePolling<CallPayloadView>(`/api/deployments/${view.id}/calls/${callId}`, {
    initial: null,
    chooseDelayMs: () => REFRESH_MS,
  });
  if (isGone) return <p className="text-muted-foreground">It was deleted in the meantime.</p>;
  if (value === null) return trouble ? <p role="status">{trouble}</p> : <Skeleton className="h-40" />;
  return (
    <div className="grid min-w-0 gap-4">
      <Part title="Sent" text={value.request} />
      <Part title="Got" text={value.response} />
      {value.isCut && <p className="text-muted-foreground text-xs">The beginning of each is recorded, up to 16 KB.</p>}
    </div>
  );
}

function Part({ title, text }: { title: string; text: string }) {
  return (
    <section className="grid min-w-0 gap-1.5" aria-label={title}>
      <h3 className="font-medium text-sm">{title}</h3>
      {text === "" ? (
        <p className="text-muted-foreground">Nothing.</p>
      ) : (
        <LongText text={toReadableMessage(text)} label={title} />
      )}
    </section>
  );
}
