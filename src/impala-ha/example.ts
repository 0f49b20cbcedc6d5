// The commented spec that `render --example` prints. It is valid, and is rendered by the tests.

export const exampleSpec = `# A spec of impala-ha. Keys that are commented out show their defaults.
# Names and addresses are examples (RFC 5737, RFC 2606): put in your own.

proxy:
  host: impala.example.com        # the name that clients use; with Kerberos its reverse DNS name
  bind: [192.0.2.10]              # addresses of this host to listen on; '*' is all of them
  ssh: admin@lb1.example.com      # how apply, drain and status reach it; left out: this host
  # haproxy: '2.6'                # its version; apply asks the host itself
  allow: [192.0.2.0/24]           # only clients of these networks; left out: everybody who reaches it
  # connections: 4000             # at once, in all
  # log: stdout                   # the journal of systemd; or /dev/log, or 127.0.0.1:514

impala:
  cdh: '5.16.2'                   # which Impala it has decides about /healthz (3.4 and later) and Beeswax (before 5.0)
  # version: '4.4.0'              # of Impala itself, where it is not that of a CDH
  coordinators:                   # only daemons that take clients, no pure executors
    - name: impalad1
      host: impalad1.example.com
      # ports: {hs2: 21050, beeswax: 21000, http: 28000, web: 25000}
      ssh: admin@impalad1.example.com           # for drill; left out: the host above
      stop: [sudo, systemctl, stop, impalad]    # words of one command, run without a shell; or operator
      start: [sudo, systemctl, start, impalad]
    - name: impalad2
      host: impalad2.example.com
      stop: operator              # Cloudera Manager runs it: drill asks you to stop it there
      start: operator
    - name: impalad3
      host: impalad3.example.com  # without stop and start: operator
  frontends:                      # each kind of client needs a port of its own
    hs2: {port: 21050, balance: leastconn}      # JDBC, ODBC, impyla, impala-shell
    hue: {port: 21051}            # one coordinator per Hue address, 12 hours
    beeswax: true                 # impala-shell before 4.0, 21000; on by itself for an Impala before 5.0
    # http: {port: 28000}         # HiveServer2 over HTTP; off unless named
  # webTls: true                  # the web UI (25000) speaks https
  # healthPath: /healthz
  tls: {mode: passthrough}        # or {mode: none}, or:
  # tls: {mode: terminate, certificate: /etc/haproxy/impala.pem, backends: tls, ca: /etc/haproxy/ca.pem}
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
    # http: {port: 10001}         # one server per client address: sessions live in one server's memory
  # checks: {interval: 2s}        # with nosasl each leaves a stack trace in the server's log

# kerberos:
#   realm: EXAMPLE.COM
#   impala: impala                # first part of the principals
#   thriftserver: hive

# timeouts: {connect: 4s, queue: 30s, session: 3h, hue: 12h}
# statistics: {port: 8404, prometheus: true}    # on 127.0.0.1 only; or false
# admin: {socket: /var/lib/haproxy/admin.sock, group: haproxy}
`;
