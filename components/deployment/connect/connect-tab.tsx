"use client";

import { TriangleAlert } from "lucide-react";
import { useId, useState } from "react";
import { useDeploymentPage } from "@/components/deployment/context";
import { canSignIn } from "@/components/deployment/sign-in-snippets";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { RadioGroup, RadioGroupItem } from "@/components/ui/radio-group";
import { KeySection } from "./key-section";
import { SignInSection } from "./sign-in-section";

const WAYS = [
  { id: "sign-in", label: "Sign in", text: "The client opens Catwalk in a browser, and you press Allow." },
  { id: "key", label: "Access key", text: "For scripts, and for clients that can only send a header." },
] as const;
type Way = (typeof WAYS)[number]["id"];

/** How a client is connected: by signing in, or with a key. */
export function ConnectTab() {
  const { view, freshKeys } = useDeploymentPage();
  const isSignInPossible = canSignIn(view.url);
  // A key that was just created is to be filled in somewhere.
  const [way, setWay] = useState<Way>(isSignInPossible && freshKeys.length === 0 ? "sign-in" : "key");
  const id = useId();
  const target = { url: view.url, name: view.name, accessKey: null };

  return (
    <div className="grid min-w-0 gap-8">
      <RadioGroup
        aria-label="How the client gets in"
        value={way}
        onValueChange={(value) => setWay(value as Way)}
        className="gap-4 sm:grid-cols-2 sm:gap-6"
      >
        {WAYS.map(({ id: value, label, text }) => (
          <div key={value} className="flex min-w-0 gap-3">
            <RadioGroupItem value={value} id={`${id}-${value}`} className="mt-1" />
            <label htmlFor={`${id}-${value}`} className="grid min-w-0 cursor-pointer gap-0.5 leading-6">
              <span className="font-medium">{label}</span>
              <span className="text-muted-foreground text-sm">{text}</span>
            </label>
          </div>
        ))}
      </RadioGroup>
      {way === "key" ? (
        <KeySection />
      ) : (
        <>
          {!isSignInPossible && (
            <Alert variant="warning">
              <TriangleAlert aria-hidden="true" />
              <AlertTitle>This Catwalk is served without https</AlertTitle>
              <AlertDescription>
                Clients refuse to sign in over plain http, except on their own computer. Serve Catwalk with https, or
                use an access key.
              </AlertDescription>
            </Alert>
          )}
          <SignInSection target={target} />
        </>
      )}
    </div>
  );
}
