import { anyOf, type Condition } from "./flow.ts";
import { opposite } from "./guards.ts";
import type { Switch } from "./project.ts";

const MAX_SWITCHES = 3;

/** A parameter without a default that says whether something has to be there, or may be left out. */
export const DEMANDING_SWITCH = /^(?:is_?)?(?:requir(?:e|ed)|mandatory|strict|must(?:_?exist)?|optional)$/i;

/**
 * Finds out whether a function demands something where its switches are left out, and the switch on which that hangs.
 *
 * @param holds whether it demands it with these values of its switches
 */
export function findSwitch(
  parameters: readonly Omit<Switch, "demands">[],
  holds: (values: ReadonlyMap<string, boolean>) => boolean,
): { isDemanded: boolean; hangsOn: Switch | null } {
  const switches = parameters.slice(0, MAX_SWITCHES);
  const own = new Map(switches.map(({ name, path, fallback }) => [path ?? name, fallback]));
  const isDemanded = holds(own);
  const turned = switches.find(
    ({ name, path, fallback }) => holds(new Map([...own, [path ?? name, !fallback]])) !== isDemanded,
  );
  return { isDemanded, hangsOn: turned ? { ...turned, demands: isDemanded === turned.fallback } : null };
}

/**
 * What a call demands of a function that hangs on a switch.
 *
 * @param given what the call says of the switch, null where it leaves it out
 */
export function underSwitch(
  demanded: Condition,
  { fallback, demands }: Switch,
  given: Condition | null,
): Condition | null {
  const value: Condition = given ?? { kind: "constant", value: fallback };
  const isMet = demands ? value : opposite(value);
  const known = value.kind === "constant" ? value.value === demands : null;
  if (known !== null) return known ? demanded : null;
  return anyOf([opposite(isMet), demanded]);
}
