// The words that a spec may hold: hosts, ports, durations, paths, commands. Each is checked so strictly that none of them
// can carry a second word into HAProxy's configuration or into a shell. Knows nothing of what they are used for.
import {isIPv4, isIPv6} from 'node:net';
import ms, {type StringValue} from 'ms';
import {z} from '../core/schema.ts';

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const dnsName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);
/** What getaddrinfo would read as a number, as in `300.1.1.1` or `0x7f`. */
const numericEnd = /(?:^|\.)(?:\d+|0[xX][0-9A-Fa-f]*)$/;

/** Whether this is a DNS name, an IPv4 address or an IPv6 address without brackets and zone. */
function isHost(text: string): boolean {
  return isAddress(text) || (dnsName.test(text) && !numericEnd.test(text));
}

export function isAddress(text: string): boolean {
  return isIPv4(text) || (isIPv6(text) && !text.includes('%'));
}

const hostHint = 'give a DNS name or an IP address, such as impalad1.example.com or 192.0.2.11';
/** In characters what `isHost` means; for the JSON Schema, and the first thing that is checked. */
const hostCharacters = /^[A-Za-z0-9][A-Za-z0-9.:-]*$|^::[A-Fa-f0-9.:]*$/;

export const hostSchema = z
  .string()
  .max(253)
  .regex(hostCharacters, {error: hostHint, abort: true})
  .refine(isHost, hostHint)
  .describe('DNS name or IP address');

export const addressSchema = z
  .string()
  .regex(/^\*$|^[0-9A-Fa-f.:]+$/, {
    error: "give an IP address of the proxy's host, or '*' for all of them",
    abort: true,
  })
  .refine(
    (text) => text === '*' || isAddress(text),
    "give an IP address of the proxy's host, or '*' for all of them",
  )
  .describe(
    "IP address of the proxy's host; '*' listens on all of them, for the whole world if it can reach it",
  );

export const ipSchema = z
  .string()
  .regex(/^[0-9A-Fa-f.:]+$/, {error: 'give an IP address', abort: true})
  .refine((text) => isAddress(text), 'give an IP address');

export const vipSchema = z
  .string()
  .regex(/^[0-9A-Fa-f.:]+\/\d{1,3}$/, {
    error: 'give an address with its network, such as 192.0.2.10/24',
    abort: true,
  })
  .refine(isNetwork, 'give an address with its network, such as 192.0.2.10/24')
  .describe('the address that clients use, with the bits of its network');

/** `192.0.2.0/24`, or one address. */
export const networkSchema = z
  .string()
  .regex(/^[0-9A-Fa-f.:]+(?:\/\d{1,3})?$/, {error: 'give a network, such as 192.0.2.0/24', abort: true})
  .refine(isNetwork, 'give a network, such as 192.0.2.0/24')
  .describe('network in CIDR notation, or one address');

function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/');
  if (!isAddress(address)) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128));
}

const narrowHint =
  'give networks of your own, from /8 on (IPv6: /16): these pages tell much, and are never for the whole world';

/** For pages that nobody shall open to the world by a short cut. */
export const narrowNetworksSchema = z
  .array(
    networkSchema.refine((text) => {
      const [address = '', bits = '128'] = text.split('/');
      return Number(bits) >= (isIPv4(address) ? 8 : 16);
    }, narrowHint),
  )
  .min(1)
  .max(100);

/** On this host, named from the folder of the spec. */
export const fileSchema = z
  .string()
  .min(1)
  .max(500)
  // eslint-disable-next-line no-control-regex -- exactly these are refused
  .regex(/^[^\u0000-\u001F\u007F]*$/, 'give the name of a file');

export const portSchema = z.int().min(1).max(65535).describe('TCP port');

/** HAProxy counts milliseconds in 31 bits: 24 days. */
const maxDurationMs = 24 * 86_400_000;

/** @returns Milliseconds of `500ms`, `4s`, `20m`, `12h`, `2d`. @throws Error for anything else. */
export function readDurationMs(text: string): number {
  const value = /^\d{1,9}(?:ms|s|m|h|d)$/.test(text) ? ms(text as StringValue) : Number.NaN;
  if (!(value > 0) || value > maxDurationMs) throw new Error(`No duration: ${JSON.stringify(text)}`);
  return value;
}

const durationHint = 'give a whole number and a unit (ms, s, m, h, d), such as 500ms or 12h; at most 24d';

export const durationSchema = z
  .string()
  .regex(/^[1-9]\d{0,8}(?:ms|s|m|h|d)$/, {error: durationHint, abort: true})
  .refine((text) => {
    try {
      return readDurationMs(text) > 0;
    } catch {
      return false;
    }
  }, durationHint)
  .describe('whole number and unit: ms, s, m, h, d');

/** A name of a daemon, as HAProxy, `drain` and the statistics show it. */
export const nameSchema = z
  .string()
  .max(63)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, {
    error: 'give a short name of letters, digits, dots, dashes and underscores',
    abort: true,
  })
  .describe('name, as HAProxy and drain show it');

export const accountSchema = z
  .string()
  .max(32)
  .regex(/^[a-z_][a-z0-9_-]*$/, {error: 'give the name of a user or group of the system', abort: true})
  .describe('user or group of the system');

export const pathSchema = z
  .string()
  .max(200)
  .regex(
    /^\/[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/,
    'give an absolute path of letters, digits and _ . - only',
  )
  .refine((path) => !path.split('/').includes('..'), 'give a path without ..')
  .describe('absolute path');

/** The path of a URL without query. */
export const urlPathSchema = z
  .string()
  .max(200)
  .regex(/^\/[A-Za-z0-9_.~/-]*$/, {error: 'give the path of a URL, such as /healthz', abort: true})
  .describe('path of a URL');

/** `[user@]host[:port]`, an IPv6 address in brackets; `local` is this host, without ssh. */
const sshPattern =
  /^(?:([a-z_][a-z0-9_.-]{0,31})@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*)(?::(\d{1,5}))?$/;

export interface SshTarget {
  readonly user?: string | undefined;
  readonly host: string;
  readonly port?: number | undefined;
}

/** @returns undefined when the text is not a target. An alias of ~/.ssh/config is a host too. */
function findSshTarget(text: string): SshTarget | undefined {
  const [, user, rawHost = '', rawPort] = sshPattern.exec(text) ?? [];
  const host = rawHost.replace(/^\[|\]$/g, '');
  const port = rawPort === undefined ? undefined : Number(rawPort);
  if (!isHost(host) || port === 0 || (port ?? 0) > 65535) return undefined;
  return {host, user, port};
}

const sshHint = 'give [user@]host[:port], or local for this host';

export const sshSchema = z
  .string()
  .max(300)
  .regex(sshPattern, {error: sshHint, abort: true})
  .refine((text) => findSshTarget(text) !== undefined, sshHint)
  .describe('how ssh reaches it: [user@]host[:port] (an alias of ~/.ssh/config too), or local: this host');

/** One argv, run without a shell of ours; or a person does it. */
export const commandSchema = z
  .union([
    z.literal('operator'),
    z
      .array(
        z
          .string()
          .max(1000)
          // eslint-disable-next-line no-control-regex -- exactly these are refused
          .regex(/^[^\u0000-\u001F\u007F]*$/, {error: 'give words without control characters', abort: true}),
      )
      .min(1)
      .max(100)
      .refine((words) => words[0] !== '', 'the first word is the command'),
  ])
  .describe('a list of words, run as they are without a shell; or operator: drill asks a person to do it');

export const versionSchema = z
  .string()
  .max(60)
  .regex(/^\d{1,4}(?:\.\d{1,4}){1,3}(?:[-+][A-Za-z0-9.+~-]*)?$/, {
    error: "give a version in quotes, such as '3.4.0'",
    abort: true,
  })
  .describe('version, in quotes');

export const realmSchema = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/, {
    error: 'give a Kerberos realm, such as EXAMPLE.COM',
    abort: true,
  })
  .describe('Kerberos realm');

const logHint = 'give stdout, /dev/log, 127.0.0.1:514 or [::1]:514';

export const logSchema = z
  .string()
  .regex(/^(?:stdout|\/dev\/log|(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\]):\d{1,5})$/, {
    error: logHint,
    abort: true,
  })
  .refine((text) => {
    const [, address = '', port] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(text) ?? [];
    return port === undefined || (isAddress(address) && Number(port) > 0 && Number(port) <= 65535);
  }, logHint);

export const facilities =
  'kern user mail daemon auth syslog lpr news uucp cron auth2 ftp ntp audit alert cron2 local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
