// Signs a statement and checks such a signature: DSSE, the envelope of in-toto. Knows no dist.
// Source: secure-systems-lab/dsse, protocol.md and envelope.md.
import {crypto, dsse} from '@sigstore/core';
import {z} from '../core/schema.ts';
import type {PublicKey, SigningKey} from '../core/signing-keys.ts';

const payloadType = 'application/vnd.in-toto+json';
const base64 = z.string().regex(/^[A-Za-z0-9+/=_-]*$/, 'is not Base64');

export const envelopeSchema = z.looseObject({
  payloadType: z.string(),
  payload: base64,
  signatures: z.array(z.looseObject({keyid: z.string().optional(), sig: base64})).min(1),
});

export type Envelope = z.infer<typeof envelopeSchema>;

export function renderEnvelope(statement: Buffer, key: SigningKey): string {
  const envelope: Envelope = {
    payloadType,
    payload: statement.toString('base64'),
    signatures: [
      {keyid: key.id, sig: key.sign(dsse.preAuthEncoding(payloadType, statement)).toString('base64')},
    ],
  };
  return `${JSON.stringify(envelope, undefined, 2)}\n`;
}

/** What is signed, and whether by this key. */
export interface Opened {
  readonly payload: Buffer;
  /**
   * other-key: none of the signatures is said to be of this key, nor is one · broken: one is said to be, and what is
   * signed or the signature was changed · other-kind: it is signed as something else than a statement.
   */
  readonly status: 'good' | 'other-key' | 'broken' | 'other-kind';
  /** Of the keys that are said to have signed. */
  readonly keyIds: readonly string[];
}

export function openEnvelope(envelope: Envelope, key: PublicKey): Opened {
  const payload = Buffer.from(envelope.payload, 'base64');
  const data = dsse.preAuthEncoding(envelope.payloadType, payload);
  const keyIds = envelope.signatures.flatMap(({keyid}) => keyid ?? []);
  const isGood = envelope.signatures.some(({sig}) =>
    crypto.verify(data, key.key, Buffer.from(sig, 'base64'), key.algorithm),
  );
  if (!isGood) return {payload, keyIds, status: keyIds.includes(key.id) ? 'broken' : 'other-key'};
  return {payload, keyIds, status: envelope.payloadType === payloadType ? 'good' : 'other-kind'};
}
