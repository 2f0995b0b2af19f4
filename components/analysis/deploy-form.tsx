"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useCallback, useId, useState } from "react";
import { InputsForm, type SubmitInputs } from "@/components/inputs/inputs-form";
import { formatMemory } from "@/components/machine/format-memory";
import { Collapsible, CollapsibleContent, CollapsibleTrigger } from "@/components/ui/collapsible";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { Analysis, Provenance, Server } from "@/lib/analysis/spec";
import { isOffered } from "@/lib/deployments/inputs/check-inputs";
import type { ExtraInput } from "@/lib/deployments/inputs/extra-inputs";
import type { ErrorBody } from "@/lib/errors/app-error";
import { formatRegion } from "@/lib/runtime/fly/regions";
import type { MachineSize } from "@/lib/runtime/runtime";
import { buildEvidenceUrl } from "./evidence-url";
import { diffServer, toDraft, validateServer } from "./server-draft";
import { ServerEditor } from "./server-editor";
import { WarningList } from "./warning-list";

/** Only deployments on Fly have these fields. */
const MachineFields = dynamic(() =>
  import("@/components/machine/machine-fields").then((fields) => fields.MachineFields),
);
const CostEstimate = dynamic(() => import("@/components/machine/cost-estimate").then((cost) => cost.CostEstimate));

export interface DeployRequest {
  analysisId: string;
  name: string;
  server: Partial<Server>;
  extraInputs: ExtraInput[];
  inputs: Record<string, string>;
  notNeeded: string[];
  acceptedWarnings: string[];
  /** False: no install script runs. */
  runInstallScripts: boolean;
  /** Present where machines have settings. */
  machine?: MachineSize;
}

/** Creates the deployment. Returns its id or the error. */
export type Deploy = (
  request: DeployRequest,
) => Promise<{ ok: true; data: { id: string } } | { ok: false; error: ErrorBody }>;

const MAX_NAME_LENGTH = 100;

const UNREACHABLE: ErrorBody = {
  code: "internal",
  message: "Catwalk does not answer. Nothing was deployed.",
  hint: "Try again in a moment. What you typed is still here.",
  docs: "docs/errors.md#internal",
};

/** Size of the machine until the person chooses another. */
const DEFAULT_MACHINE: MachineSize = { region: null, memoryMb: 512, alwaysOn: false };

export interface DeployFormProps {
  analysis: Analysis;
  deploy: Deploy;
  /** Label of the default region, such as "Frankfurt (fra)", or null where machines have no settings. */
  defaultRegion: string | null;
  /** Puts the cursor into the first field that has to be filled. */
  takesFocus: boolean;
}

/** Form that turns an analysis into a deployment: warnings, what runs, inputs, machine. */
export function DeployForm({ analysis, deploy, defaultRegion, takesFocus }: DeployFormProps) {
  const nameId = useId();
  const router = useRouter();
  const [name, setName] = useState(analysis.server.name);
  const [draft, setDraft] = useState(() => toDraft(analysis));
  const [accepted, setAccepted] = useState<ReadonlySet<string>>(new Set());
  const [added, setAdded] = useState<ExtraInput[]>([]);
  const [runInstallScripts, setRunInstallScripts] = useState(true);
  const [machine, setMachine] = useState(DEFAULT_MACHINE);
  const [isChecked, setIsChecked] = useState(false);
  const [serverErrors, setServerErrors] = useState<Record<string, string>>({});

  const warnings = analysis.warnings.filter(
    // What is said above the form already, and what is said once, in Settings.
    ({ code, mustAccept }) => mustAccept || (code !== "container_image_only" && !code.startsWith("model")),
  );
  const found = validateServer(draft);
  const problems = isChecked
    ? {
        package: found.package ?? serverErrors["server.package"],
        version: found.version ?? serverErrors["server.version"],
        args: serverErrors["server.args"],
      }
    : {};
  const shownProblems = Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem !== undefined));
  const hasRequired =
    analysis.inputs.some((input) => input.required && isOffered(input)) ||
    analysis.alternatives.some(({ required }) => required);
  const urlOf = useCallback(
    (provenance: Provenance) => buildEvidenceUrl(analysis.source, provenance),
    [analysis.source],
  );

  const submit: SubmitInputs = async (inputs, notNeeded) => {
    const result = await deploy({
      analysisId: analysis.id,
      name: name.trim(),
      server: diffServer(analysis.server, draft),
      extraInputs: added,
      inputs,
      notNeeded,
      acceptedWarnings: [...accepted],
      runInstallScripts,
      ...(defaultRegion !== null && { machine }),
    }).catch(() => ({ ok: false as const, error: UNREACHABLE }));
    if (!result.ok) {
      setServerErrors(result.error.fields ?? {});
      return result.error;
    }
    router.push(`/deployments/${result.data.id}`);
    return null;
  };

  return (
    <InputsForm
      inputs={analysis.inputs}
      alternatives={analysis.alternatives}
      evidenceUrl={urlOf}
      added={added}
      onAddedChange={setAdded}
      submitLabel="Deploy"
      busyLabel="Deploying…"
      submitVariant="brand"
      afterSubmit="stay"
      check={() => {
        setIsChecked(true);
        setServerErrors({});
        const isAccepted = warnings.every((warning) => !warning.mustAccept || accepted.has(warning.code));
        return Object.keys(found).length === 0 && isAccepted;
      }}
      onSubmit={submit}
      before={
        <>
          <WarningList
            warnings={warnings}
            accepted={accepted}
            isChecked={isChecked}
            optOut={{
              code: "install_scripts",
              label: "Do not run it",
              isChosen: !runInstallScripts,
              onChange: (isChosen) => setRunInstallScripts(!isChosen),
            }}
            onAccept={(code, isAccepted) =>
              setAccepted(
                (before) => new Set([...before].filter((each) => each !== code).concat(isAccepted ? code : [])),
              )
            }
          />
          <ServerEditor
            server={analysis.server}
            draft={draft}
            onChange={(next) => {
              setDraft(next);
              setServerErrors({});
            }}
            problems={shownProblems}
            startsOpen={analysis.kind !== "stdio" || analysis.server.runtime === "oci"}
          />
          <h2 className="-mb-3 font-semibold text-base">What it needs</h2>
          {!hasRequired && (
            <p className="-mb-3 text-muted-foreground">
              {analysis.inputs.length === 0
                ? "Nothing to fill in. The analysis found no credentials and no settings."
                : "Nothing to fill in. All settings are optional."}
            </p>
          )}
        </>
      }
      foldsOptional
      takesFocus={takesFocus}
      optional={
        <>
          <Field
            label="Name"
            htmlFor={nameId}
            error={serverErrors.name}
            help="How Catwalk lists it. Clients see the server’s own name."
          >
            <Input
              value={name}
              maxLength={MAX_NAME_LENGTH}
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          </Field>
          {defaultRegion !== null && (
            <Collapsible className="grid min-w-0">
              <CollapsibleTrigger className="justify-self-start">
                Machine{" "}
                <span className="font-normal text-muted-foreground">
                  {machine.region === null ? defaultRegion : formatRegion(machine.region)},{" "}
                  {formatMemory(machine.memoryMb)}, {machine.alwaysOn ? "always on" : "sleeps when idle"}
                </span>
              </CollapsibleTrigger>
              <CollapsibleContent>
                <div className="mt-3 grid min-w-0 gap-5 rounded-lg border p-4">
                  <MachineFields value={machine} onChange={setMachine} defaultRegion={defaultRegion} />
                  <CostEstimate size={machine} />
                </div>
              </CollapsibleContent>
            </Collapsible>
          )}
        </>
      }
    />
  );
}
