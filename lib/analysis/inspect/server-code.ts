import { type FileSet, isWithin, type TextFile } from "../fetch/files.ts";
import { joinFindings } from "../inputs/findings.ts";
import { type Scanned, scanOtherSources, scanSources } from "../scan/scan.ts";
import type { About } from "../scan/sdk-variables.ts";
import { joinSeen } from "../scan/seen.ts";
import type { AnalysisContext, Subject } from "../types.ts";
import { modulesBeside } from "./modules-beside.ts";
import { otherSources } from "./other-languages.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import { siblingsOf, sourcesOf } from "./repository-packages.ts";

/** The code of a server, and what it reads. */
export interface ServerCode extends Scanned {
  /** The files of the server's package, and of the packages beside it that it uses. */
  sources: TextFile[];
  /** All files that were read: `sources`, and those in another language. */
  read: TextFile[];
}

export interface CodePlace {
  /** The package whose code is the server's. */
  unit: RepositoryPackage | null;
  /** All packages of the repository. */
  all: readonly RepositoryPackage[];
  /** The server is in a language whose registry Catwalk does not use. */
  isElsewhere: boolean;
  /** The pages that document it. */
  readmes: readonly TextFile[];
  /** The command of the package that documentation starts, where it names one. */
  program: string | null;
}

/** Reads the server's code, in every language that it is written in, and reports that as a step. */
export async function readServerCode(
  files: FileSet,
  subject: Subject,
  { unit, all, isElsewhere, readmes, program }: CodePlace,
  { report, signal }: AnalysisContext,
): Promise<ServerCode> {
  const declared = unit ? siblingsOf(unit, all) : [];
  const beside = unit ? modulesBeside(files, unit, all) : [];
  const isDeclared = ({ folder }: RepositoryPackage) => declared.some((one) => isWithin(one.folder, folder));
  const siblings = [...declared, ...beside.filter((one) => !isDeclared(one))];
  const isBinary = unit?.isBinary === true;
  const sources = unit && !isBinary ? [unit, ...siblings].flatMap((one) => sourcesOf(files, one, all)) : [];
  report({ step: "source", label: "Reading the source", status: "running" });
  const others = isElsewhere || isBinary ? otherSources(files, subject.folder) : [];
  const isWrapper = isElsewhere && unit?.isServer === false;
  const about = aboutServer(subject, unit, readmes);
  const own = await scanSources(files, sources, unit, signal, { siblings, isWrapper, program, about });
  const other = await scanOtherSources(others, signal, about, { set: files, folder: subject.folder });
  const read = [...sources, ...others];
  report({ step: "source", label: "Reading the source", status: "done", detail: `${read.length} files` });
  return {
    ...joinFindings([own, other]),
    links: [...own.links, ...other.links],
    positions: [...own.positions, ...other.positions],
    missed: new Set([...own.missed, ...other.missed]),
    sent: new Set([...own.sent, ...other.sent]),
    requested: new Set([...own.requested, ...other.requested]),
    signIns: [...own.signIns, ...other.signIns],
    seen: joinSeen(own.seen, other.seen),
    sources,
    read,
  };
}

const MAX_NAMES = 500;
/** A short word of capitals is more often an abbreviation than a variable; a long one may be KUBECONFIG. */
const VARIABLE = /\b(?:[A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,40}){1,10}|[A-Z][A-Z0-9]{7,40})\b/g;

/** What a server is named and calls itself, and the variables that its documentation names. */
function aboutServer(subject: Subject, unit: RepositoryPackage | null, readmes: readonly TextFile[]): About {
  const text = readmes[0]?.text ?? "";
  const names = text.match(VARIABLE)?.slice(0, MAX_NAMES) ?? [];
  const title = /^#[ \t](.{0,300})/m.exec(text)?.[1];
  const said = [subject.slug, subject.description, unit?.name, unit?.description, title];
  return { said: said.filter((one) => one).join("\n"), names: new Set(names) };
}
