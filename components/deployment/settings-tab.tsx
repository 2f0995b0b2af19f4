"use client";

import { PackageSearch, Play, RotateCw, ShieldCheck, ShieldOff, Square } from "lucide-react";
import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { maskArguments } from "@/components/inputs/mask-arguments";
import { toast } from "@/components/ui/toast";
import { ActionButton } from "./action-button";
import { useDeploymentPage } from "./context";
import { DeleteButton } from "./delete-button";
import { NameSection } from "./name-section";
import { StartTimeoutSelect } from "./start-timeout-select";
import { useDeploymentAction } from "./use-deployment-action";

/** Only machines on Fly have settings. */
const MachineSection = dynamic(() => import("./machine-section").then((section) => section.MachineSection));

/** Settings of a deployment: rename, restart, stop or start, change the machine, delete. */
export function SettingsTab() {
  const { view } = useDeploymentPage();
  const { package: packageName, version, args } = view.spec;
  return (
    <div className="grid min-w-0 gap-10">
      <NameSection />
      <section aria-labelledby="running" className="grid min-w-0 gap-1">
        <h2 id="running" className="mb-2 font-semibold text-base leading-6">
          Running
        </h2>
        <div className="rounded-xl border">
          <RestartRow />
          <ResolveRow />
          <ScriptsRow />
          {view.desired === "stopped" ? <StartRow /> : <StopRow />}
          <Row
            id="start-timeout"
            title="Time to the first answer"
            text="How long the server may take to answer after its start, such as to load a model or an index."
          >
            <StartTimeoutSelect labelledBy="start-timeout" />
          </Row>
        </div>
      </section>
      {view.machine && <MachineSection machine={view.machine} />}
      <section aria-labelledby="what-runs" className="grid min-w-0 gap-3">
        <h2 id="what-runs" className="font-semibold text-base leading-6">
          What runs
        </h2>
        <dl className="grid min-w-0 gap-x-6 sm:gap-y-2 sm:grid-cols-[8rem_minmax(0,1fr)]">
          <Fact name="Package">{packageName ?? "none"}</Fact>
          <Fact name="Version">{version ?? "none"}</Fact>
          <Fact name="Arguments">
            {args.length === 0
              ? "none"
              : maskArguments(args)
                  .map((arg) => JSON.stringify(arg))
                  .join(" ")}
          </Fact>
          <Fact name="Runs on">{view.runtime === "local" ? "this computer" : "Fly"}</Fact>
          <Fact name="Id">{view.id}</Fact>
        </dl>
      </section>
      <section aria-labelledby="delete" className="grid min-w-0 gap-2">
        <h2 id="delete" className="mb-2 font-semibold text-base leading-6">
          Delete
        </h2>
        <div className="rounded-xl border border-destructive/30">
          <Row
            title="Delete this deployment"
            text="Also deletes its machine, credentials, keys and call records, permanently."
          >
            <DeleteButton />
          </Row>
        </div>
      </section>
    </div>
  );
}

function Row({ id, title, text, children }: { id?: string; title: string; text: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-3 border-b p-4 last:border-b-0 sm:flex-row sm:items-center sm:justify-between sm:gap-8 sm:px-5">
      <div className="min-w-0">
        <h3 id={id} className="font-medium">
          {title}
        </h3>
        <p className="text-muted-foreground leading-5">{text}</p>
      </div>
      <div className="shrink-0">{children}</div>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="mb-3 min-w-0 break-all font-mono text-[0.8125rem] leading-5 sm:mb-0">{children}</dd>
    </>
  );
}

function RestartRow() {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.restart);
  return (
    <Row
      title="Restart"
      text="Restarts the server with the same version and credentials. Sessions continue. The server loses what it had in memory."
    >
      <ActionButton
        icon={RotateCw}
        isBusy={isBusy}
        variant="outline"
        disabled={view.desired === "stopped"}
        onClick={() => run({ id: view.id })}
      >
        Restart
      </ActionButton>
    </Row>
  );
}

function ResolveRow() {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.resolveAgain);
  return (
    <Row
      title="Resolve again"
      text="Every restart installs the same files as the first time. This installs what the registry has for this version now, and keeps to that."
    >
      <ActionButton
        icon={PackageSearch}
        isBusy={isBusy}
        variant="outline"
        disabled={view.status === "stopped"}
        onClick={() => run({ id: view.id })}
      >
        Resolve again
      </ActionButton>
    </Row>
  );
}

function ScriptsRow() {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.setInstallScripts);
  const isOn = view.runInstallScripts;
  const { installScripts } = view.spec;
  const named = installScripts && installScripts.length > 0 ? ` They belong to ${installScripts.join(", ")}.` : "";
  return (
    <Row
      title="Install scripts"
      text={
        isOn
          ? `They may run when the package is installed, with the rights of the server.${named} Without them, some packages do not start.`
          : "They do not run, and nothing is built from source. Some packages do not start without them."
      }
    >
      <ActionButton
        icon={isOn ? ShieldOff : ShieldCheck}
        isBusy={isBusy}
        variant="outline"
        onClick={() => run({ id: view.id, run: !isOn })}
      >
        {isOn ? "Switch off" : "Switch on"}
      </ActionButton>
    </Row>
  );
}

function StopRow() {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.stop);
  return (
    <Row title="Stop" text="Calls fail until you start it again. Nothing is deleted.">
      <ActionButton
        icon={Square}
        isBusy={isBusy}
        variant="outline"
        onClick={async () => {
          if ((await run({ id: view.id })).ok) toast.success(`Stopping ${view.name}.`);
        }}
      >
        Stop
      </ActionButton>
    </Row>
  );
}

function StartRow() {
  const { view, actions } = useDeploymentPage();
  const { run, isBusy } = useDeploymentAction(actions.start);
  return (
    <Row title="Start" text="Starts the server again, with the same URL and keys.">
      <ActionButton icon={Play} isBusy={isBusy} variant="outline" onClick={() => run({ id: view.id })}>
        Start
      </ActionButton>
    </Row>
  );
}
