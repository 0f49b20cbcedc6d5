// With which keys and as whom a Thriftserver logs in on a cluster with Kerberos, and what is missing for that. Pure.
import {quoteWord} from '../core/quote.ts';
import type {NodeFacts} from './node-facts.ts';
import type {Problem} from './findings.ts';
import type {InstallRequest} from './node-settings.ts';

export interface KerberosLogin {
  readonly keytab: string;
  /** Without `_HOST`: Spark's own login takes it as it is. */
  readonly principal: string;
}

/** Whether its clients have to come with a ticket. */
export function isKerberos({server}: Pick<NodeFacts, 'server'>): boolean {
  return server.authentication === 'KERBEROS';
}

/** Spark's server logs in to a secure cluster whoever its clients are; --keytab says the same. */
function needsLogin({keytab}: Pick<InstallRequest, 'keytab'>, {server}: Pick<NodeFacts, 'server'>): boolean {
  return isKerberos({server}) || server.isSecure === true || keytab !== undefined;
}

/** @returns undefined when the server needs none, or when what it needs is not known: findKerberosProblems says so. */
export function findKerberos(
  request: Pick<InstallRequest, 'keytab' | 'principal'>,
  facts: Pick<NodeFacts, 'server' | 'hostName'>,
): KerberosLogin | undefined {
  if (!needsLogin(request, facts)) return undefined;
  const {keytab} = facts.server;
  const principal = findPrincipal(request, facts);
  return keytab === undefined || principal === undefined ? undefined : {keytab, principal};
}

function findPrincipal(
  {principal: asked}: Pick<InstallRequest, 'principal'>,
  {server, hostName}: Pick<NodeFacts, 'server' | 'hostName'>,
): string | undefined {
  return (asked ?? server.principal)?.replace('/_HOST@', `/${hostName.toLowerCase()}@`);
}

function findReason(facts: NodeFacts): string {
  if (isKerberos(facts)) return 'hive.server2.authentication is KERBEROS there, and';
  return facts.server.isSecure === true
    ? 'hadoop.security.authentication is kerberos there, and'
    : 'With --keytab,';
}

export function findKerberosProblems(facts: NodeFacts, request: InstallRequest): readonly Problem[] {
  const {keytab, keytabState, keytabPrincipals} = facts.server;
  if (!needsLogin(request, facts)) return [];
  const problems: Problem[] = [];
  const why = findReason(facts);
  const principal = findPrincipal(request, facts);
  if (principal === undefined)
    problems.push({
      message: `${why} no principal is named.`,
      hint: 'Name whose keys they are: --principal hive/_HOST@REALM; behind a balancer: hive/<name of the balancer>@REALM',
    });
  if (keytab === undefined)
    problems.push({
      message: `${why} no keytab is named that outlives a restart of HiveServer2.`,
      hint: 'Put one there, which only the user of the server can read: --keytab /etc/security/keytabs/hive.keytab',
    });
  else if (keytabState === 'absent')
    problems.push({
      message: `It has no keytab ${keytab}.`,
      hint: 'Put it there, or name the right one: --keytab <file>',
    });
  else if (keytabState === 'unreadable')
    problems.push({
      message: `${request.user} cannot read the keytab ${keytab}.`,
      hint: `On that node: chown ${request.user} ${keytab}; chmod 0400 ${keytab}; each folder above it needs x.`,
    });
  else if (keytabState === 'invalid')
    problems.push({
      message: `${keytab} is not a keytab.`,
      hint: 'Make one with kadmin (ktadd -k) or ktutil, or name the right one: --keytab <file>',
    });
  else if (/^\/(?:var\/)?run\/cloudera-scm-agent\//.test(keytab))
    problems.push({
      message: `${keytab} is of one start of HiveServer2; the next start makes another.`,
      hint: 'Copy it to a place that stays, and name that: --keytab <file>',
    });
  else if (principal !== undefined && keytabPrincipals.length > 0 && !keytabPrincipals.includes(principal))
    problems.push({
      message: `The keytab ${keytab} has no key of ${principal}; it has those of ${keytabPrincipals.join(', ')}.`,
      hint: 'Name one of them: --principal <principal>; or put its key there with ktutil or kadmin.',
    });
  return problems;
}

/** Lines for start, which hands them to Spark and to Hive's classes. */
export function renderKerberosSettings(request: InstallRequest, facts: NodeFacts): readonly string[] {
  const login = findKerberos(request, facts);
  if (login === undefined) return [];
  return [`kerberos_keytab=${quoteWord(login.keytab)}`, `kerberos_principal=${quoteWord(login.principal)}`];
}
