import { ExternalLink, Gauge, GitCommitHorizontal, Scale, Sparkles, Star } from "lucide-react";
import { Card } from "@/components/ui/card";
import type { Analysis, FreshAnalysis, ModelUsage } from "@/lib/analysis/spec";
import { Avatar } from "./avatar";

function formatRevision({ kind, revision }: Analysis["source"]): string | null {
  if (!revision) return null;
  return kind === "github" ? revision.slice(0, 7) : revision;
}

/** Returns the license's short name, or null. npm's "SEE LICENSE IN …" names a file and not a license. */
function readLicense({ license }: Analysis["source"]): string | null {
  return license && !/^see licen[cs]e/i.test(license) ? license : null;
}

const COMPACT_NUMBER = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

const WHOLE_NUMBER = new Intl.NumberFormat("en");
const DOLLARS = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumSignificantDigits: 2 });

function describeUsage({ inputTokens, outputTokens, costUsd }: ModelUsage): string {
  const tokens = `It read ${WHOLE_NUMBER.format(inputTokens)} tokens and wrote ${WHOLE_NUMBER.format(outputTokens)}`;
  return costUsd === null ? `${tokens}.` : `${tokens}, for about ${DOLLARS.format(costUsd)}.`;
}

/**
 * Says in one sentence which part a language model had in the analysis, or returns null where none is configured: the settings say
 * that once.
 */
function describeModel({ model, modelUsage, warnings }: Analysis): string | null {
  if (model) {
    const usage = modelUsage ? ` ${describeUsage(modelUsage)}` : "";
    return `Analyzed with ${model}. Every input that it added shows where in the files it was found.${usage}`;
  }
  return warnings.find(({ code }) => code === "model_unavailable")?.message ?? null;
}

/** With fewer requests left than three analyses take, the page says so. */
const FEW_REQUESTS = 12;

/** Says how few requests to GitHub are left without a token; null while there are enough. */
function describeLimit({ gitHub }: FreshAnalysis): string | null {
  if (!gitHub || gitHub.requestsLeft >= FEW_REQUESTS) return null;
  const until = gitHub.resetsAt === null ? "this hour" : `until ${gitHub.resetsAt.slice(11, 16)} UTC`;
  return `GitHub answers ${gitHub.requestsLeft} more requests ${until}; an analysis takes about four. ${gitHub.hint}`;
}

/** Describes the analyzed source: repository, revision, stars, license. */
export function SourceCard({ analysis }: { analysis: FreshAnalysis }) {
  const { source, server } = analysis;
  const revision = formatRevision(source);
  const modelPart = describeModel(analysis);
  const limit = describeLimit(analysis);
  const isLink = source.canonical.startsWith("https://");
  return (
    <Card className="p-5 sm:p-6">
      <div className="flex min-w-0 items-start gap-4">
        <Avatar url={source.avatarUrl} />
        <div className="grid min-w-0 flex-1 gap-1">
          <h2 className="break-words font-semibold text-lg leading-6 tracking-tight">
            {server.name || source.repository || source.canonical}
          </h2>
          {server.description && <p className="break-words text-muted-foreground">{server.description}</p>}
          <ul className="mt-2 flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1.5 text-[0.8125rem] text-muted-foreground [&_svg]:size-4 [&_svg]:shrink-0 [&>li]:flex [&>li]:min-w-0 [&>li]:items-center [&>li]:gap-1.5">
            <li className="max-w-full">
              {isLink ? (
                <a
                  href={source.canonical}
                  target="_blank"
                  rel="noreferrer"
                  className="flex min-w-0 items-center gap-1.5 rounded-sm font-mono text-foreground text-xs underline decoration-muted-foreground/40 underline-offset-3 outline-none hover:decoration-current focus-visible:ring-2 focus-visible:ring-ring"
                >
                  <span className="truncate">{source.canonical.replace("https://", "")}</span>
                  <ExternalLink aria-hidden="true" className="size-3.5!" />
                  <span className="sr-only">(opens in a new tab)</span>
                </a>
              ) : (
                <span className="break-all font-mono text-foreground text-xs">{source.canonical}</span>
              )}
            </li>
            {revision && (
              <li title={source.revision ?? undefined}>
                <GitCommitHorizontal aria-hidden="true" />
                <span className="sr-only">Revision</span>
                <span className="truncate font-mono text-xs">{revision}</span>
              </li>
            )}
            {source.stars !== null && (
              <li>
                <Star aria-hidden="true" />
                {COMPACT_NUMBER.format(source.stars)}
                <span className="sr-only">stars</span>
              </li>
            )}
            {readLicense(source) && (
              <li>
                <Scale aria-hidden="true" />
                <span className="sr-only">License</span>
                <span className="truncate">{readLicense(source)}</span>
              </li>
            )}
          </ul>
        </div>
      </div>
      {(modelPart || limit) && (
        <div className="mt-5 grid gap-3 border-t pt-4 text-[0.8125rem] text-muted-foreground leading-5">
          {modelPart && (
            <p className="flex gap-2">
              <Sparkles aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
              {modelPart}
            </p>
          )}
          {limit && (
            <p className="flex gap-2">
              <Gauge aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
              {limit}
            </p>
          )}
        </div>
      )}
    </Card>
  );
}
