import { db } from "../db/client.ts";
import { AppError } from "../errors/app-error.ts";
import { type Analysis, analysisSchema } from "./spec.ts";
import { withStartFindings } from "./start-findings.ts";
import type { Draft } from "./types.ts";

/** Increase it when the same files would give another result. */
const ANALYZER_VERSION = 16;

/** A package can get a new version while its repository stays the same. */
const MAX_AGE_MS = 24 * 60 * 60 * 1_000;

/** Analyses shown in a page may still be deployed within this time. */
const UNUSED_DAYS = 30;

const draftSchema = analysisSchema.omit({ id: true });

/** Builds the cache key: source, revision, analyzer version, and the model. Equal keys mean equal results. */
function cacheKeyOf(canonical: string, revision: string, model: string | null): string {
  return JSON.stringify([ANALYZER_VERSION, canonical, revision, model]);
}

/**
 * Stores an analysis for its owner.
 *
 * @param model the model under which the result is found again; it need not have taken part
 */
export async function storeAnalysis(userId: string, draft: Draft, model: string | null): Promise<Analysis> {
  const { canonical, revision } = draft.source;
  const checked = draftSchema.parse(withoutNul(draft));
  const row = await db().analysis.create({
    data: {
      ownerId: userId,
      source: canonical,
      cacheKey: cacheKeyOf(canonical, revision ?? "", model),
      result: checked,
    },
  });
  return { id: row.id, ...(await withStartFindings(checked)) };
}

/**
 * Finds a recent result for the same source, revision and model, of any person. Returns null when there is none.
 */
export async function findCached(canonical: string, revision: string, model: string | null): Promise<Draft | null> {
  const row = await db().analysis.findFirst({
    where: { cacheKey: cacheKeyOf(canonical, revision, model), createdAt: { gte: new Date(Date.now() - MAX_AGE_MS) } },
    orderBy: { createdAt: "desc" },
  });
  const parsed = row ? draftSchema.safeParse(row.result) : null;
  return parsed?.success ? parsed.data : null;
}

/** Deletes analyses older than 30 days that have no deployment. Returns how many. */
export async function deleteUnusedAnalyses(): Promise<number> {
  return await db().$executeRaw`delete from analyses a
    where a.created_at < now() - ${UNUSED_DAYS} * interval '1 day'
      and not exists (select 1 from deployments d where d.analysis_id = a.id)`;
}

/** @throws AppError not_found for an unknown id and for another person's */
export async function getAnalysis(userId: string, id: string): Promise<Analysis> {
  const isId = analysisSchema.shape.id.safeParse(id).success;
  const row = isId ? await db().analysis.findFirst({ where: { id, ownerId: userId } }) : null;
  const parsed = row ? draftSchema.safeParse(row.result) : null;
  if (!row || !parsed?.success)
    throw new AppError("not_found", "There is no such analysis.", { hint: "Analyse the source again." });
  return { id: row.id, ...(await withStartFindings(parsed.data)) };
}

/** Removes NUL characters, which PostgreSQL cannot store in text or JSON. */
function withoutNul(draft: Draft): unknown {
  return JSON.parse(JSON.stringify(draft).replaceAll("\\u0000", ""));
}
