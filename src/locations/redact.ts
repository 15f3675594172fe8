import { hidden, withoutSecretForms } from '../core/secret-forms.ts';

/** Keys and signatures in base64 (an AWS secret has 40 characters, an Azure key 88): messages of stores quote them bare. */
const bareKey =
  /(?<![A-Za-z0-9+/])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{40,}={0,2}/gu;

/** Takes everything out of a message of an object store that could be a credential, and cuts it to a readable length. */
export function redact(text: string): string {
  const safe = withoutSecretForms(text).replace(bareKey, hidden);
  return safe.length > 400 ? `${safe.slice(0, 400)}…` : safe;
}
