import { answerAnalyze } from "@/lib/analysis/api";
import { userRoute } from "@/lib/http/user-route";

export const dynamic = "force-dynamic";
export const runtime = "nodejs";
export const maxDuration = 120;

export const POST = userRoute((request, { user }) => answerAnalyze(user.id, request));
