import { type FileSet, isReadme, type TextFile } from "../fetch/files.ts";
import { type Findings, joinFindings, noFindings } from "../inputs/findings.ts";
import { tolerant } from "../inputs/unreadable.ts";
import { readGeminiExtension } from "../readers/gemini-extension.ts";
import { readManifest } from "../readers/manifest.ts";
import { readReadme } from "../readers/readme.ts";
import { readServerJson } from "../readers/server-json.ts";
import { readSmithery } from "../readers/smithery.ts";
import type { AnalysisContext, Subject } from "../types.ts";
import { guides, hasName, nearestFiles, nearestOne } from "./nearest-files.ts";
import { findNeighbors } from "./neighbors.ts";
import type { RepositoryPackage } from "./repository-package.ts";
import type { ServerFolder } from "./server-folder.ts";

/** What a repository declares and documents of a server, and the pages that document it. */
export interface Declarations {
  serverJson: Findings;
  manifest: Findings;
  smithery: Findings;
  extension: Findings;
  readme: Findings;
  readmes: TextFile[];
}

/**
 * Reads the declarations and documentation nearest to a server, without what they say of other programs of the repository.
 *
 * @param subject with the folder that a person named
 * @param scope the packages that are meant
 * @param all the packages of the repository
 */
export function readDeclarations(
  files: FileSet,
  subject: Subject,
  scope: ServerFolder,
  all: readonly RepositoryPackage[],
  context: AnalysisContext,
): Declarations {
  const neighbors = findNeighbors(subject, scope, all);
  const nearest = (matches: (path: string) => boolean, read: (file: TextFile) => Findings) =>
    nearestOne(files, scope.folder, matches).map((file) => neighbors.ofDeclaration(tolerant(read)(file), file.path));
  const serverJson = readOne("server.json", "server.json", nearest(hasName("server.json"), readServerJson), context);
  const isManifest = (path: string) => /(^|\/)manifest(-(dxt|mcpb))?\.json$/i.test(path);
  const manifest = readOne("manifest.json", "manifest.json", nearest(isManifest, readManifest), context);
  const isSmithery = hasName("smithery.yaml", "smithery.yml");
  const smithery = readOne("smithery.yaml", "smithery.yaml", nearest(isSmithery, readSmithery), context);
  // Few repositories have one: its absence is not worth a line.
  const extensions = nearest(hasName("gemini-extension.json"), readGeminiExtension);
  const extension =
    extensions.length === 0 ? noFindings() : readOne("gemini-extension", "gemini-extension.json", extensions, context);
  const readmes = [...nearestFiles(files, scope.folder, isReadme), ...guides(files, scope.folder)];
  const shown = readmes.map(tolerant(readReadme)).map(neighbors.ofReadme);
  return { serverJson, manifest, smithery, extension, readme: readOne("readme", "README", shown, context), readmes };
}

/** Joins the findings of one kind of declaration and reports them as a step. */
export function readOne(step: string, label: string, found: Findings[], context: AnalysisContext): Findings {
  if (found.length === 0) {
    context.report({ step, label, status: "skipped", detail: "Not there" });
    return noFindings();
  }
  const joined = joinFindings(found);
  const count = joined.inputs.length + joined.launches.reduce((sum, launch) => sum + launch.inputs.length, 0);
  const unreadable = joined.warnings[0]?.message;
  context.report({
    step,
    label,
    status: unreadable ? "failed" : "done",
    detail: unreadable ?? (count === 1 ? "1 place names an input" : `${count} places name inputs`),
  });
  return joined;
}
