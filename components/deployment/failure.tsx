"use client";

import {
  Hourglass,
  KeyRound,
  MapPin,
  MemoryStick,
  PackageSearch,
  RotateCw,
  ScrollText,
  Server,
  Wrench,
} from "lucide-react";
import dynamic from "next/dynamic";
import { useCallback, useEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import { ButtonLink } from "@/components/ui/button-link";
import { CopyButton } from "@/components/ui/copy-button";
import type { ErrorBody } from "@/lib/errors/app-error";
import { isPlatform } from "@/lib/errors/codes";
import { cn } from "@/lib/util/class-names";
import { ActionButton } from "./action-button";
import { useDeploymentPage } from "./context";
import { toPlainLine } from "./log-buffer";
import {
  findPlatformRemedy,
  judgeCredentials,
  listAskedInputs,
  type PlatformRemedy,
  takeLastLines,
} from "./step-display";
import { useDeploymentAction } from "./use-deployment-action";

/** Only a server that misses a value shows it. */
const MissingInputs = dynamic(() => import("./missing-inputs").then((missing) => missing.MissingInputs));

const MAX_DETAIL_LINES = 30;

export interface FailureProps {
  error: ErrorBody;
  /** Last lines that the server printed. */
  log: string[];
  /** "retry" for a failed step, "restart" for a server that ran before. */
  remedy: "retry" | "restart";
  /** Moves the focus here, for a failure that happened while the page was open. */
  takeFocus: boolean;
}

/** Shows why a deployment does not run, what to do, and the last lines that it printed. */
export function Failure({ error, log, remedy, takeFocus }: FailureProps) {
  const { view, actions, openTab } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(remedy === "retry" ? actions.retry : actions.restart);
  const heading = useRef<HTMLHeadingElement>(null);
  const role = judgeCredentials(error, view.inputs.length);
  const isPlatforms = isPlatform(error.code);
  const asked = listAskedInputs(error, view);
  const mends = findPlatformRemedy(error, Boolean(view.machine));
  const detail = takeLastLines(error.detail ?? "", MAX_DETAIL_LINES);
  const lines = (isPlatforms ? detail : detail.length > log.length ? detail : log).map(toPlainLine);
  const linesLabel = isPlatforms ? "Technical details" : "Last lines it printed";

  useEffect(() => {
    if (takeFocus) heading.current?.focus();
  }, [takeFocus]);

  const showEnd = useCallback((frame: HTMLElement | null) => frame?.scrollTo({ top: frame.scrollHeight }), []);
  return (
    <div className="grid min-w-0 gap-4 rounded-lg border border-destructive/30 bg-destructive-subtle p-4 sm:p-5">
      <div className="grid min-w-0 gap-1">
        <h3 ref={heading} tabIndex={-1} className="break-words font-semibold text-base leading-6 outline-none">
          {error.message}
        </h3>
        {error.hint && <p className="break-words text-muted-foreground leading-6">{error.hint}</p>}
      </div>
      {lines.length > 0 && (
        <div className="relative min-w-0">
          {isPlatforms && <h4 className="mb-1.5 text-muted-foreground text-xs">{linesLabel}</h4>}
          <section
            ref={showEnd}
            aria-label={linesLabel}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll it
            tabIndex={0}
            className="max-h-56 overflow-auto rounded-md border bg-card py-2.5 pr-12 pl-3 outline-none focus-visible:ring-2 focus-visible:ring-ring"
          >
            <pre className="whitespace-pre-wrap break-words font-mono text-xs leading-5">{lines.join("\n")}</pre>
          </section>
          <CopyButton
            value={lines.join("\n")}
            label={isPlatforms ? "technical details" : "last lines"}
            className={cn("absolute! right-1 bg-card", isPlatforms ? "top-6.5" : "top-1")}
          />
        </div>
      )}
      {asked && <MissingInputs {...asked} />}
      <div className="flex flex-wrap items-center gap-2">
        {role === "cause" && asked === null && (
          <Button onClick={() => openTab("credentials")}>
            <KeyRound aria-hidden="true" />
            Replace credentials
          </Button>
        )}
        {mends && <PlatformButton remedy={mends} />}
        {mends !== "repair" && (
          <ActionButton
            icon={RotateCw}
            isBusy={isBusy}
            variant={role === "cause" || mends || asked ? "outline" : "default"}
            onClick={() => run({ id: view.id })}
          >
            {remedy === "retry" ? "Retry from this step" : "Restart"}
          </ActionButton>
        )}
        {error.code === "hash_mismatch" && <ResolveButton />}
        {error.code === "handshake_timeout" && (
          <Button variant="outline" onClick={() => openTab("settings")}>
            <Hourglass aria-hidden="true" />
            Give it more time
          </Button>
        )}
        {(role === "possible" || asked) && (
          <Button variant="outline" onClick={() => openTab("credentials")}>
            <KeyRound aria-hidden="true" />
            Replace credentials
          </Button>
        )}
        <Button variant="ghost" onClick={() => openTab("logs")}>
          <ScrollText aria-hidden="true" />
          Open the log
        </Button>
        <span className="ml-auto font-mono text-muted-foreground text-xs">{error.code}</span>
      </div>
    </div>
  );
}

/** Accepts what the registry has now, after its files have changed. */
function ResolveButton() {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.resolveAgain);
  return (
    <ActionButton icon={PackageSearch} isBusy={isBusy} variant="outline" onClick={() => run({ id: view.id })}>
      Resolve again
    </ActionButton>
  );
}

/** The one action that resolves a failure of the machine's platform. */
function PlatformButton({ remedy }: { remedy: PlatformRemedy }) {
  const { view, actions, openTab } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.repair);
  switch (remedy) {
    case "repair":
      return (
        <ActionButton icon={Wrench} isBusy={isBusy} onClick={() => run({ id: view.id })}>
          Repair
        </ActionButton>
      );
    case "region":
      return (
        <Button onClick={() => openTab("settings", "machine")}>
          <MapPin aria-hidden="true" />
          Choose another region
        </Button>
      );
    case "memory":
      return (
        <Button onClick={() => openTab("settings", "machine")}>
          <MemoryStick aria-hidden="true" />
          Give it more memory
        </Button>
      );
    case "settings":
      return (
        <ButtonLink href="/settings/machines">
          <Server aria-hidden="true" />
          Open Settings → Machines
        </ButtonLink>
      );
  }
}
