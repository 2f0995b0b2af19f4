import type { InputFinding, LaunchFinding } from "../inputs/findings.ts";
import {
  preferAccessTokens,
  preferVariables,
  requireOnlyCredential,
  requirePasswords,
  requirePositions,
  requireStatedFlags,
} from "../inputs/rules.ts";
import type { Input } from "../spec.ts";
import type { RepositoryPackage } from "./repository-packages.ts";
import { shownAlways, shownRarely } from "./shown-commands.ts";

/** Applies the rules that look at several inputs at once. */
export function refineInputs(
  inputs: Input[],
  findings: InputFinding[],
  launches: LaunchFinding[],
  {
    twins,
    units,
    saidOptional,
    missed,
  }: {
    twins: ReadonlyMap<string, string>;
    units: RepositoryPackage[];
    saidOptional: readonly string[];
    missed: ReadonlySet<string>;
  },
): Input[] {
  const demanded = new Set(findings.filter((finding) => finding.whenMissing === "fails").map((finding) => finding.key));
  const always = shownAlways(inputs, launches, { twins, units });
  // What alone every command shows is what the server is for, though code may work without it in some way.
  const [sole, ...others] = [...always].filter((key) => !twins.has(key));
  const isSole = ({ key, isComputed }: InputFinding) => others.length === 0 && key === sole && isComputed === true;
  const isSaidOptional = (finding: InputFinding) =>
    finding.required === false || (finding.whenMissing === "default" && !isSole(finding));
  const rare = shownRarely(launches, units);
  const optional = new Set([
    ...saidOptional,
    ...rare,
    ...findings.filter(isSaidOptional).map((finding) => finding.key),
  ]);
  const named = new Set(findings.filter((finding) => finding.evidence !== "read").map((finding) => finding.key));
  const read = findings.filter((finding) => finding.evidence === "read" && named.has(finding.key));
  const evidence = { shownAlways: always, read: new Set(read.map((finding) => finding.key)), optional };
  const placed = preferVariables(requirePositions(inputs, evidence), twins);
  const saidByText = findings.filter((finding) => finding.required === false && finding.evidence !== "read");
  const unneeded = new Set([...rare, ...saidOptional, ...saidByText.map((finding) => finding.key)]);
  const credited = requireOnlyCredential(preferAccessTokens(placed, demanded), evidence);
  const stated = requireStatedFlags(credited, twins, { missed, shownAlways: always, optional: unneeded });
  return requirePasswords(stated, evidence);
}
