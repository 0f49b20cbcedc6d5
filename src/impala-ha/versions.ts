// What each version of HAProxy can and cannot do, as far as a rendered configuration depends on it. Pure.

export interface HaproxyVersion {
  readonly major: number;
  readonly minor: number;
}

/** A configuration for a version that was not named is for this one and all later ones. */
export const defaultVersion: HaproxyVersion = {major: 2, minor: 4};

/** @param text `2.6.12-1+deb12u4`, `1.5`. Only the first two numbers count. */
export function parseHaproxyVersion(text: string): HaproxyVersion {
  const [major = 0, minor = 0] = text.split('.').map((part) => Number.parseInt(part, 10));
  return {major, minor};
}

/** @returns undefined when this is not what `haproxy -v` prints. */
export function findHaproxyVersion(output: string): string | undefined {
  return /^HA-?Proxy version (\d+\.\d+[^\s]*)/m.exec(output)?.[1];
}

function isAtLeast(version: HaproxyVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** What a renderer asks, in place of comparing versions. */
export interface HaproxyFeatures {
  /** `http-check connect` and `send`: an HTTP check in several steps. */
  readonly httpCheckSteps: boolean;
  readonly prometheus: boolean;
  /** A daemon whose name is unknown at the start is left out, and the others are served. */
  readonly initAddr: boolean;
  readonly logStdout: boolean;
  readonly hardStop: boolean;
  /** A reload hands over the listening sockets. */
  readonly exposeFd: boolean;
  /** A connection goes to another daemon after the first refusal, not after the last. */
  readonly redispatchInterval: boolean;
  /** Idle connections are probed in minutes and not after the kernel's two hours. */
  readonly keepaliveTimes: boolean;
  readonly tlsVersions: boolean;
  /** A master process that is reloaded by a signal. */
  readonly master: boolean;
}

export function listFeatures(version: HaproxyVersion): HaproxyFeatures {
  const since = (major: number, minor: number): boolean => isAtLeast(version, major, minor);
  return {
    httpCheckSteps: since(2, 2),
    prometheus: since(2, 4),
    initAddr: since(1, 7),
    logStdout: since(1, 9),
    hardStop: since(1, 8),
    exposeFd: since(1, 8),
    redispatchInterval: since(1, 6),
    keepaliveTimes: since(2, 3),
    tlsVersions: since(1, 8),
    master: since(1, 8),
  };
}

/** The oldest that was tried. */
const oldestVersion: HaproxyVersion = {major: 1, minor: 5};

/** @returns What a configuration for this version lacks; one sentence each, empty from 2.4. */
export function listLosses(version: HaproxyVersion): readonly string[] {
  const can = listFeatures(version);
  return [
    ...(isAtLeast(version, oldestVersion.major, oldestVersion.minor)
      ? []
      : [
          'older than 1.5: it has no health checks in several steps and was never tried; install a newer one',
        ]),
    ...(can.httpCheckSteps
      ? []
      : [
          'health checks write their HTTP request by hand (HTTP/1.0): a proxy or a virtual host before the web UI may refuse it',
        ]),
    ...(can.prometheus ? [] : ['no /metrics for Prometheus (2.4); /stats;csv has the same figures']),
    ...(can.keepaliveTimes
      ? []
      : ['dead peers are noticed after the time of the kernel, two hours by default (2.3)']),
    ...(can.exposeFd ? [] : ['a reload may refuse connections for a moment (1.8)']),
    ...(can.hardStop ? [] : ['after a reload an old process may stay for as long as its connections (1.8)']),
    ...(can.logStdout
      ? []
      : ['no log to the journal of systemd (1.9); a syslog must listen on UDP 127.0.0.1:514']),
    ...(can.initAddr
      ? []
      : ['one daemon whose name is not known keeps HAProxy from starting (1.7); use IP addresses']),
    ...(can.redispatchInterval
      ? []
      : [
          'a connection to a daemon that just died is retried there for seconds before another one gets it (1.6)',
        ]),
  ];
}
