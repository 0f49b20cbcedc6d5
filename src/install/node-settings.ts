// What an operator asks of an install, and where things are on a node. Pure.
import {UsageError} from '../core/errors.ts';

export type Layout = 'overlay' | 'recipe';

/** A gateway has the commands (spark-sql, sparkR, beeline) and runs no server. */
type Role = 'thriftserver' | 'gateway';

export interface InstallRequest {
  /** Name of the dist's folder: what it is called on the node. */
  readonly name: string;
  readonly layout: Layout;
  readonly role: Role;
  readonly port: number;
  /** Who runs the Thriftserver. */
  readonly user: string;
  /** What it listens on. Default: the node's own full name. */
  readonly bindHost?: string | undefined;
  /** On the node: the keys with which the server logs in. */
  readonly keytab?: string | undefined;
  /** Whose, `hive/_HOST@EXAMPLE.COM`; with a balancer in front, the one of the balancer's name. */
  readonly principal?: string | undefined;
  /** Folder of the parcels, `/opt/cloudera/parcels`. */
  readonly parcels: string;
  /** Install although the dist is for another version than the node's. */
  readonly forceVersion: boolean;
  readonly paths: NodePaths;
}

/** Where things are put on a node. */
export interface NodePaths {
  /** Everything of ours is below this, but for what is named here. */
  readonly root: string;
  readonly logs: string;
  readonly run: string;
  readonly units: string;
  readonly etc: string;
}

export const nodePaths: NodePaths = {
  root: '/opt/build-spark',
  logs: '/var/log',
  run: '/run',
  units: '/etc/systemd/system',
  etc: '/etc',
};

/** The operator's own files, which no install touches: this with .sh and .log4j.properties. */
export function findOwnSettings({name, paths}: Pick<InstallRequest, 'name' | 'paths'>): string {
  return `${paths.etc}/build-spark/${name}`;
}

/** Names end up in paths, in the name of a systemd unit and in the lines of a plan. */
export function checkName(name: string): string {
  if (/^[\w][\w.+-]*$/.test(name)) return name;
  throw new UsageError(
    `A dist of the name ${JSON.stringify(name)} cannot be installed: only letters, digits and . _ + - may be in it.`,
    'Rename its folder.',
  );
}

/** A host name or address for a configuration line. */
export function checkBindHost(host: string): string {
  if (/^[\w.:-]+$/.test(host)) return host;
  throw new UsageError(
    `${JSON.stringify(host)} is not a host to listen on.`,
    'Give a host name, an address, or 0.0.0.0.',
  );
}

export function checkUser(user: string): string {
  if (/^[a-z_][\w.-]*\$?$/i.test(user)) return user;
  throw new UsageError(`${JSON.stringify(user)} is not a user name.`, 'Give one, such as --user hive');
}

/** Of a service: `hive/node1.example.com@EXAMPLE.COM`, or with `_HOST`. */
export function checkPrincipal(principal: string): string {
  if (/^[\w.-]+\/[\w.-]+@[\w.-]+$/.test(principal)) return principal;
  throw new UsageError(
    `${JSON.stringify(principal)} is not the principal of a service.`,
    'Give service/host@REALM, such as --principal hive/_HOST@EXAMPLE.COM',
  );
}

export function checkKeytab(path: string): string {
  if (/^(?:\/[\w.+@-]+)+$/.test(path)) return path;
  throw new UsageError(
    `${JSON.stringify(path)} is not a keytab on the node.`,
    'Give an absolute path there, such as --keytab /etc/security/keytabs/hive.keytab',
  );
}

/** An absolute path that a line of a plan can hold. */
export function checkFolder(path: string): string {
  if (/^(?:\/[\w.+@-]+)+$/.test(path)) return path;
  throw new UsageError(
    `${JSON.stringify(path)} is not a parcels folder.`,
    'Give an absolute path, such as --parcels /opt/cloudera/parcels',
  );
}
