import type { TextFile } from "../fetch/files.ts";
import type { Read } from "./types.ts";

/** Clients that read their credentials from the environment by themselves, as their own documentation says. */
const CLIENTS: { pattern: RegExp; variables: string[] }[] = [
  { pattern: /\b(?:new )?(?:Async)?OpenAI\(\s*\)/, variables: ["OPENAI_API_KEY"] },
  { pattern: /\b(?:new )?(?:Async)?Anthropic\(\s*\)/, variables: ["ANTHROPIC_API_KEY"] },
  {
    pattern: /\bboto3\.(?:client|resource|Session)\(|\baioboto3\.Session\(/,
    variables: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"],
  },
  {
    pattern: /from ["']@aws-sdk\/client-[\w-]+["']/,
    variables: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"],
  },
  { pattern: /\bgenai\.Client\(\s*\)|\bnew GoogleGenAI\(\s*(?:\{\s*\}\s*)?\)/, variables: ["GOOGLE_API_KEY"] },
  { pattern: /\bgoogle\.auth\.default\(|\bnew GoogleAuth\(/, variables: ["GOOGLE_APPLICATION_CREDENTIALS"] },
];

/** Variables that are read only inside the library of a service, where its client is made without a key of its own. */
export function readSdkVariables(files: readonly TextFile[]): Read[] {
  const reads = new Map<string, Read>();
  for (const file of files) {
    const lines = file.text.split("\n");
    lines.forEach((whole, index) => {
      const line = whole.slice(0, 500);
      if (!/OpenAI|Anthropic|boto3|aws-sdk|genai|GenAI|google\.auth|GoogleAuth/.test(line)) return;
      for (const { pattern, variables } of CLIENTS) {
        if (!pattern.test(line)) continue;
        for (const key of variables) {
          if (reads.has(key)) continue;
          reads.set(key, {
            key,
            path: file.path,
            line: index + 1,
            fallback: "computed",
            value: null,
            isHosting: false,
            comment: null,
          });
        }
      }
    });
  }
  return [...reads.values()];
}
