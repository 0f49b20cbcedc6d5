// Where CA certificates are added to a host. Apart from who reads them, which loads TLS.

/** Variables that name a file of certificates, each read by some well-known tool. */
export const certificateVariables = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'GIT_SSL_CAINFO',
] as const;

/** Where an administrator puts CAs: Debian's family, Enterprise Linux's, Arch's. */
export const certificateFolders = [
  '/usr/local/share/ca-certificates',
  '/etc/pki/ca-trust/source/anchors',
  '/etc/ca-certificates/trust-source/anchors',
] as const;
