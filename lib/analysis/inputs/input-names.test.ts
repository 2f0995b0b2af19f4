import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecretName } from "./input-names.ts";

test("a name tells that its value is a secret in whatever form it is", () => {
  const secret =
    "PAT_VALUE TOKEN_VALUE SECRET_VALUE A_KEY_VALUE A_CREDENTIALS_JSON A_PRIVATE_KEY_BASE64 A_KEY_CONTENT --pat-value API_KEY_21ST API_KEY_ACME ACCESS_TOKEN_ACME A_DSN A_KEY_PHRASE A_PASS_PHRASE BROWSER_USE_API_KEY";
  const open =
    "PAT_NAME A_VALUE CACHE_KEY_VALUE MAX_TOKENS_VALUE A_CA_DATA FIELD_CONFIG_JSON A_TEXT_CONTENT A_STRING A_SECRET_SCAN A_SECRET_SCAN_BYPASS API_KEY_HEADER API_KEY_REQUIRED ACCESS_TOKEN_TTL ODBC_DSN A_ODBC_DSN A_PHRASE A_USE_API_KEY BROWSER_USE_TOKEN_CACHE";
  for (const name of secret.split(" ")) assert.equal(isSecretName(name), true, name);
  for (const name of open.split(" ")) assert.equal(isSecretName(name), false, name);
});
