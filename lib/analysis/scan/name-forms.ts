/** What a helper puts around the name that it is given: `process.env["APP_" + name.toUpperCase()]`. */
export interface NameForm {
  before: string;
  after: string;
  letters: "upper" | "lower" | null;
}

/** Stands for the name that a helper is given, in letters whose case shows what becomes of them. */
export const GIVEN_NAME = "Helper_Name";

/** Returns what a name with {@link GIVEN_NAME} in it is made of, or null for a name without it. */
export function nameForm(text: string): NameForm | null {
  const at = text.toLowerCase().indexOf(GIVEN_NAME.toLowerCase());
  if (at < 0) return null;
  const given = text.slice(at, at + GIVEN_NAME.length);
  const letters = given === GIVEN_NAME ? null : given === GIVEN_NAME.toUpperCase() ? "upper" : "lower";
  return { before: text.slice(0, at), after: text.slice(at + GIVEN_NAME.length), letters };
}

/** The variables that a helper reads for a name, the one first that it asks first. */
export function variablesOf({ forms = [] }: { forms?: NameForm[] }, given: string): string[] {
  const made = forms.map(({ before, after, letters }) => {
    const name = letters === "upper" ? given.toUpperCase() : letters === "lower" ? given.toLowerCase() : given;
    return before + name + after;
  });
  return made.length > 0 ? [...new Set(made)] : [given];
}
