import type { Statement } from "../flow.ts";
import { callAt } from "./reads.ts";
import type { BraceLanguage, Token } from "./tokens.ts";

/**
 * Returns what a statement does with the function: nothing, leaving it, or failing.
 *
 * @param failsByReturn whether returning an error counts as a failure
 */
export function endingOf(
  tokens: readonly Token[],
  from: number,
  to: number,
  language: BraceLanguage,
  failsByReturn: boolean,
): Statement | null {
  const first = tokens[from]?.value ?? "";
  if (first === "throw" || first === "panic") return { kind: "fail" };
  if (language === "swift" && /^(fatalError|preconditionFailure)$/.test(first)) return { kind: "fail" };
  const call = callAt(tokens, from);
  const name = call?.name ?? "";
  if (/(^|\.)Fatal(f|ln|w)?$|^(panic|unreachable|bail|anyhow::bail)!$|^error$/.test(name)) return { kind: "fail" };
  if (call && /(^|\.|::)(Exit|exit|exitProcess)$/.test(name)) {
    // `os.Exit(run())`
    if (callAt(tokens, call.open + 1)) return { kind: "leave" };
    return { kind: /^(0|EXIT_SUCCESS)$/.test(tokens[call.open + 1]?.value ?? "") ? "leave" : "fail" };
  }
  const byReturn = { kind: failsByReturn ? ("fail" as const) : ("leave" as const) };
  if (first === "Err" && language === "rust") return byReturn;
  if (first !== "return") return null;
  const returned = tokens.slice(from + 1, Math.min(to, from + 60));
  if (language === "csharp" && /^[1-9]\d{0,2}$/.test(returned[0]?.value ?? "") && returned[1]?.value === ";")
    return byReturn;
  if (language === "rust") return returned[0]?.value === "Err" ? byReturn : { kind: "leave" };
  const isError =
    language === "go" &&
    returned.some((token, index) => {
      const next = returned[index + 1]?.value;
      if (token.kind !== "word") return false;
      return (
        /^(Errorf|NewError)$/.test(token.value) ||
        (token.value === "errors" && next === ".") ||
        /^Err[A-Z]/.test(token.value) ||
        (/^(New)?\w*[a-z]Error$/.test(token.value) && /^[({]$/.test(next ?? ""))
      );
    });
  return isError ? byReturn : { kind: "leave" };
}

/** Returns whether what stands behind statements runs after them. */
export function goesOn(statements: readonly Statement[]): boolean {
  return !/^(?:leave|fail)$/.test(statements.at(-1)?.kind ?? "");
}
