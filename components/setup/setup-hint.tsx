"use client";

import dynamic from "next/dynamic";

/** Shown with the first deployment only, so that later visits to the list do not load it. */
export const SetupHint = dynamic(() => import("./setup-problems").then((problems) => problems.SetupProblems));
