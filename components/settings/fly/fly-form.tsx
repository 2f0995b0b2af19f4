"use client";

import { type FormEvent, useState } from "react";
import { FormProblem } from "@/components/auth/form-problem";
import { PasswordInput } from "@/components/auth/password-input";
import { useServerAction } from "@/components/hooks/use-server-action";
import { RegionSelect } from "@/components/machine/region-select";
import { RegionsProvider, useRegions } from "@/components/machine/regions";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import type { ActionResult } from "@/lib/http/user-action";
import type { FlyCheck, FlyOverview } from "@/lib/settings/fly";
import { CheckLines } from "./check-lines";
import { OtherOrganizations } from "./other-organizations";

export interface FlyInput {
  token: string;
  org: string;
  region: string;
  image: string;
}

export type FlyAction = (input: FlyInput) => Promise<ActionResult<FlyCheck>>;

export interface FlyFormProps {
  view: FlyOverview;
  /** Number of deployments by organization. */
  organizations: Record<string, number>;
  save: FlyAction;
  /** Checks the settings at Fly without saving them. */
  check: FlyAction;
  onSaved: (check: FlyCheck) => void;
  onCancel: (() => void) | undefined;
}

const PLAIN_TEXT = { autoComplete: "off", autoCapitalize: "none", spellCheck: false } as const;

/** Form for token, organization, region and image, without those that the environment sets. Saving checks them at Fly. */
export function FlyForm({ view, organizations, save, check, onSaved, onCancel }: FlyFormProps) {
  const [token, setToken] = useState("");
  const [org, setOrg] = useState(view.org.value);
  const [region, setRegion] = useState(view.region.value);
  const [image, setImage] = useState(view.image.origin === "default" ? "" : (view.image.value ?? ""));
  const [found, setFound] = useState<FlyCheck | null>(null);
  const regions = useRegions();
  const saving = useServerAction(save);
  const checking = useServerAction(check);
  const isBusy = saving.isBusy || checking.isBusy;
  const fields = { ...checking.fields, ...saving.fields };
  const problem = checking.problem ?? saving.problem;
  const detail = saving.error?.detail;
  const input = { token, org, region, image };
  const keepsToken = view.token.origin === "settings";

  async function tryOut() {
    saving.clear();
    const result = await checking.run(input);
    if (!result.ok) return;
    setFound(result.data);
    const slugs = result.data.organizations.map(({ slug }) => slug);
    // A token for one organization leaves no choice.
    if (slugs.length === 1 && slugs[0] !== undefined && view.org.origin !== "environment") setOrg(slugs[0]);
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setFound(null);
    checking.clear();
    const result = await saving.run(input);
    if (!result.ok) return;
    toast.success("Saved. Fly is set up.");
    onSaved(result.data);
  }

  return (
    <form ref={saving.form} onSubmit={submit} noValidate className="grid gap-4">
      <FormProblem>{problem}</FormProblem>
      {view.token.origin !== "environment" && (
        <Field
          label={keepsToken ? "New token" : "Token"}
          htmlFor="fly-token"
          error={fields.token}
          required={!keepsToken}
          help={
            keepsToken ? (
              "Leave empty to keep the stored token."
            ) : (
              <>
                Create one for your organization:{" "}
                <code className="font-mono">fly tokens create org --expiry 8760h</code>. Catwalk encrypts it and never
                shows it again.
              </>
            )
          }
        >
          <PasswordInput value={token} autoComplete="off" onChange={(event) => setToken(event.target.value)} />
        </Field>
      )}
      {view.org.origin !== "environment" && (
        <Field
          label="Organization"
          htmlFor="fly-org"
          error={fields.org}
          required
          help={
            found ? undefined : (
              <>
                Its slug, as <code className="font-mono">fly orgs list</code> shows it. Select “Check only” to choose
                from the organizations of the token.
              </>
            )
          }
        >
          <OrganizationInput value={org} onChange={setOrg} offered={found?.organizations ?? []} />
        </Field>
      )}
      <OtherOrganizations organizations={organizations} org={org.trim()} isDraft={org.trim() !== view.org.value} />
      {view.region.origin !== "environment" && (
        <Field
          label="Region"
          htmlFor="fly-region"
          error={fields.region}
          help="Region for new machines. Each deployment can use another."
        >
          <RegionsProvider regions={found && found.regions.length > 0 ? found.regions : regions}>
            <RegionSelect value={region} onChange={(code) => code !== null && setRegion(code)} />
          </RegionsProvider>
        </Field>
      )}
      {view.image.origin !== "environment" && (
        <Field
          label="Image"
          htmlFor="fly-image"
          error={fields.image}
          help={
            view.image.origin === "default"
              ? "Empty: the image that Catwalk itself runs from."
              : "Image of mcp-host in an app of yours. Settings → Set-up shows the command that pushes it."
          }
        >
          <Input
            value={image}
            placeholder="registry.fly.io/my-catwalk:mcp-host"
            {...PLAIN_TEXT}
            className="font-mono text-[0.8125rem]"
            onChange={(event) => setImage(event.target.value)}
          />
        </Field>
      )}
      {detail && <p className="whitespace-pre-line break-words font-mono text-muted-foreground text-xs">{detail}</p>}
      <div role="status" className="empty:hidden">
        {found && !checking.isBusy && <CheckLines check={found} />}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" disabled={isBusy}>
          {saving.isBusy && <Spinner />}
          Check and save
        </Button>
        <Button variant="outline" disabled={isBusy} onClick={tryOut}>
          {checking.isBusy && <Spinner />}
          Check only
        </Button>
        {onCancel && (
          <Button variant="ghost" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  );
}

interface OrganizationInputProps {
  value: string;
  onChange: (slug: string) => void;
  /** Organizations of the token, if Fly lists them. */
  offered: { slug: string; name: string }[];
}

/** Select of the organizations that Fly listed, or a text field without any. Render it inside a Field. */
function OrganizationInput({ value, onChange, offered }: OrganizationInputProps) {
  if (offered.length === 0) {
    return <Input value={value} {...PLAIN_TEXT} onChange={(event) => onChange(event.target.value)} />;
  }
  const all = offered.some(({ slug }) => slug === value) ? offered : [{ slug: value, name: value }, ...offered];
  return (
    <Select
      value={value}
      onValueChange={(slug) => slug !== "" && onChange(slug)}
      options={all.map(({ slug, name }) => ({ value: slug, label: name === slug ? slug : `${name} (${slug})` }))}
    />
  );
}
