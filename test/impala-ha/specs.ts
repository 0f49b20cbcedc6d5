// Specs that several tests of impala-ha render. Addresses are of the loopback network, so that haproxy knows each.

export const proxyLine = 'proxy: {host: impala.example.com, bind: [127.77.0.1]}\n';

/** Names on the loopback network; every kind of frontend. */
export const fullSpec = `
proxy:
  host: impala.example.com
  bind: [127.77.0.1, '::1']
  haproxy: '2.6'
  allow: [10.0.0.0/8, '2001:db8::/32']
  connections: 2000
impala:
  version: '4.4.0'
  coordinators:
    - {name: impalad1, host: 127.77.0.11}
    - {name: impalad2, host: 127.77.0.12}
    - {name: impalad3, host: 127.77.0.13}
  frontends: {beeswax: true, http: true}
  maxConnections: 60
thriftserver:
  servers:
    - {name: spark1, host: 127.77.0.11}
    - {name: spark2, host: 'fd00::2'}
    - {name: spark3, host: 127.77.0.13, transport: http}
`;

/** CDH 5: no /healthz, Beeswax for impala-shell. */
export const cdh5Spec = `
proxy: {host: impala.example.com, bind: [127.77.0.1], haproxy: 'VERSION'}
impala:
  version: '2.5.0-cdh5.7.0'
  coordinators:
    - {name: impalad1, host: 127.77.0.11, ports: {web: 25001}}
    - {name: impalad2, host: 127.77.0.12, ports: {web: 25002}}
thriftserver:
  authentication: nosasl
  servers: [{name: spark1, host: 127.77.0.11, port: 10015}]
  checks: {interval: 5s, fall: 3, rise: 1, timeout: 1s}
statistics: false
admin: {socket: /run/haproxy/admin.sock, group: adm}
timeouts: {connect: 2s, queue: 10s, session: 2h, hue: 8h}
`;

export const tlsSpec = `
proxy: {host: impala.example.com, bind: [127.77.0.1], haproxy: '2.6'}
impala:
  version: '4.4.0'
  webTls: true
  coordinators: [{name: impalad1, host: 127.77.0.11}]
  tls: {mode: passthrough}
thriftserver:
  authentication: kerberos
  servers:
    - {name: spark1, host: 127.77.0.11}
    - {name: spark2, host: 127.77.0.12, transport: http}
  tls: {mode: terminate, certificate: CERTIFICATE, backends: tls, ca: CERTIFICATE}
kerberos: {realm: EXAMPLE.COM}
`;
