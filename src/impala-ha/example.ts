// The commented spec that `render --example` prints. It is valid, and is rendered by the tests. For a CDH 5.16 nothing but
// the names of hosts has to be changed.

export const exampleSpec = `# A spec of impala-ha for CDH 5.16: put in the names of your hosts, and it can be rolled out.
# Keys that are commented out show their defaults, or what there is besides. Names and addresses are examples.

proxy:
  host: impala.example.com        # the name that clients use; with Kerberos its reverse DNS name
  ssh: admin@lb1.example.com      # how apply, drain and status reach it; left out: this host
  bind: ['*']                     # all addresses of that host; or some of them: [192.0.2.10]
  allow: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]   # who may connect: private networks; left out: everybody
  # haproxy: '2.6'                # its version; apply asks the host itself
  # connections: 4000             # at once, in all
  # log: stdout                   # the journal of systemd; or /dev/log, 127.0.0.1:514, '[::1]:514'
  # logFacility: local2           # of a syslog
  # vip:                          # two balancers, by keepalived; bind its address, or '*'
  #   address: 192.0.2.10/24
  #   passwordFile: vip.pw        # beside this file: 4 to 8 letters and digits
  #   balancers:
  #     - {ssh: admin@lb1.example.com, address: 192.0.2.11}
  #     - {ssh: admin@lb2.example.com, address: 192.0.2.12}

impala:
  cdh: '5.16.2'                   # its Impala decides about /healthz (3.4 and later) and Beeswax (before 5.0)
  # version: '4.4.0'              # in its place, for an Impala that is not of a CDH
  coordinators:                   # only daemons that take clients, no pure executors
    - {name: impalad1, host: impalad1.example.com}
    - {name: impalad2, host: impalad2.example.com}
    - name: impalad3
      host: impalad3.example.com
      # ports: {hs2: 21050, beeswax: 21000, http: 28000, web: 25000}
      # backup: true              # only when no other is up
      # weight: 2                 # twice as many as the others
      # ssh: admin@impalad3.example.com         # for drill; left out: the host above
      stop: operator              # Cloudera Manager runs it: drill asks you to stop it there
      start: operator             # or words of one command: [sudo, service, impala-server, start]
  frontends:                      # each kind of client needs a port of its own
    hs2: {port: 21050, balance: leastconn}      # JDBC, ODBC, impyla, impala-shell from 3.4
    hue: {port: 21051}            # one coordinator per Hue address, 12 hours
    beeswax: {port: 21000}        # impala-shell before 4.0; on by itself for an Impala before 5.0
    # http: {port: 28000}         # HiveServer2 over HTTP; off unless named
  # web:                          # the web UIs, off unless named, and only for whom you say
  #   allow: [192.0.2.0/24]
  #   coordinators: {port: 25000}
  #   statestore: {host: master1.example.com, port: 25010}
  #   catalog: {host: master1.example.com, port: 25020}
  # webTls: true                  # the web UI (25000) speaks https
  # webCa: /etc/haproxy/web-ca.pem              # and its certificate is checked
  # healthPath: /healthz
  # tls: {mode: passthrough}      # the daemons do TLS, or the proxy does:
  # tls: {mode: terminate, certificate: /etc/haproxy/impala.pem, backends: tls, ca: /etc/haproxy/ca.pem, minVersion: '1.2'}
  # checks: {interval: 2s, fall: 2, rise: 2, timeout: 2s}
  # maxConnections: 60            # given to one daemon; impalad serves 64 clients (fe_service_threads)

thriftserver:
  authentication: plain           # NONE, LDAP, PAM, CUSTOM: plain; NOSASL: nosasl; KERBEROS: kerberos
  servers:
    - {name: spark1, host: spark1.example.com, port: 10015}
    - {name: spark2, host: spark2.example.com, port: 10015}
    # - {name: spark3, host: spark3.example.com, port: 10001, transport: http}
  frontends:
    binary: {port: 10015, balance: leastconn}
    hue: {port: 10016}            # one server per Hue address
    # http: {port: 10001}         # one server per client address: sessions live in one server's memory
  # checks: {interval: 2s}        # with nosasl each leaves a stack trace in the server's log

# hiveserver2:                    # Hive's own, with the same keys
#   servers: [{name: hive1, host: hive1.example.com}, {name: hive2, host: hive2.example.com}]
#   frontends: {binary: {port: 10000}, hue: {port: 10003}}

# kerberos:
#   realm: EXAMPLE.COM
#   impala: impala                # first part of the principals
#   thriftserver: hive
#   hiveserver2: hive

# extra: own.cfg                  # beside this file: sections of your own, put below ours
# timeouts: {connect: 4s, queue: 30s, session: 3h, hue: 12h}
# statistics: {port: 8404, prometheus: true}    # on 127.0.0.1 only; or false; or for others, never without all of:
# statistics: {bind: [192.0.2.10], user: ops, passwordFile: stats.pw, allow: [192.0.2.0/24]}
# admin: {socket: /var/lib/haproxy/admin.sock, group: haproxy}
`;
