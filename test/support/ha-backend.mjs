// A small HiveServer2 that speaks the true protocol: thrift over SASL PLAIN or bare, sessions in its own memory, and the
// /healthz of an impalad. Every result is its own name, so that a query tells who answered, or what --answers says. Knows
// nothing of SQL.
// usage: node ha-backend.mjs <name> <host> <port> [--sasl] [--also <port>[:sasl]]... [--web <port>] [--slow <ms>]
//          [--answers <JSON>]: by a word of the statement, its one value, or how it fails: "ERROR: …"
import {createRequire} from 'node:module';
import {Buffer} from 'node:buffer';
import {randomBytes} from 'node:crypto';
import {createServer as createWebServer} from 'node:http';
import {createServer} from 'node:net';
import {parseArgs} from 'node:util';
import hive from 'hive-driver';

const require = createRequire(import.meta.url);
const {TBinaryProtocol, TBufferedTransport, TFramedTransport} = require('thrift');
const InputBufferUnderrunError = require('thrift/lib/nodejs/lib/thrift/input_buffer_underrun_error');
const {TCLIService, TCLIService_types: types} = hive.thrift;

const {positionals, values} = parseArgs({
  allowPositionals: true,
  options: {
    sasl: {type: 'boolean', default: false},
    also: {type: 'string', multiple: true, default: []},
    web: {type: 'string'},
    slow: {type: 'string', default: '0'},
    answers: {type: 'string', default: '{}'},
  },
});
const [name = '', host = '', port = ''] = positionals;

const success = () => new types.TStatus({statusCode: types.TStatusCode.SUCCESS_STATUS});
const failure = (errorMessage) =>
  new types.TStatus({statusCode: types.TStatusCode.ERROR_STATUS, errorMessage});
const newIdentifier = () => new types.THandleIdentifier({guid: randomBytes(16), secret: randomBytes(16)});
const keyOf = (handle) => handle.guid.toString('hex');
const sessions = new Set();
/** What each operation answers, until it was fetched. */
const waiting = new Map();
const answers = Object.entries(JSON.parse(values.answers));

const column = new types.TColumnDesc({
  columnName: 'answer',
  position: 1,
  typeDesc: new types.TTypeDesc({
    types: [
      new types.TTypeEntry({
        primitiveEntry: new types.TPrimitiveTypeEntry({type: types.TTypeId.STRING_TYPE}),
      }),
    ],
  }),
});
const rows = (list) =>
  new types.TRowSet({
    startRowOffset: 0,
    rows: [],
    columns: [
      new types.TColumn({stringVal: new types.TStringColumn({values: list, nulls: Buffer.from([0])})}),
    ],
  });

const handlers = {
  OpenSession: (request, reply) => {
    const sessionId = newIdentifier();
    sessions.add(keyOf(sessionId));
    const sessionHandle = new types.TSessionHandle({sessionId});
    reply(
      null,
      new types.TOpenSessionResp({
        status: success(),
        serverProtocolVersion: 5,
        sessionHandle,
        configuration: {},
      }),
    );
  },
  CloseSession: ({sessionHandle}, reply) => {
    sessions.delete(keyOf(sessionHandle.sessionId));
    reply(null, new types.TCloseSessionResp({status: success()}));
  },
  ExecuteStatement: ({sessionHandle, statement}, reply) => {
    if (!sessions.has(keyOf(sessionHandle.sessionId)))
      return reply(null, new types.TExecuteStatementResp({status: failure('Invalid session id')}));
    const operationId = newIdentifier();
    waiting.set(keyOf(operationId), answers.find(([word]) => statement.includes(word))?.[1] ?? name);
    const operationHandle = new types.TOperationHandle({
      operationId,
      operationType: types.TOperationType.EXECUTE_STATEMENT,
      hasResultSet: true,
    });
    setTimeout(
      () => reply(null, new types.TExecuteStatementResp({status: success(), operationHandle})),
      Number(values.slow),
    );
  },
  GetOperationStatus: ({operationHandle}, reply) => {
    const [, errorMessage] = /^ERROR: (.*)/.exec(waiting.get(keyOf(operationHandle.operationId)) ?? '') ?? [];
    const state = errorMessage === undefined ? 'FINISHED_STATE' : 'ERROR_STATE';
    reply(
      null,
      new types.TGetOperationStatusResp({
        status: success(),
        operationState: types.TOperationState[state],
        errorMessage,
        hasResultSet: true,
      }),
    );
  },
  CancelOperation: ({operationHandle}, reply) => {
    console.log(`${name} cancelled ${waiting.get(keyOf(operationHandle.operationId))}`);
    reply(null, new types.TCancelOperationResp({status: success()}));
  },
  GetResultSetMetadata: (_request, reply) =>
    reply(
      null,
      new types.TGetResultSetMetadataResp({
        status: success(),
        schema: new types.TTableSchema({columns: [column]}),
      }),
    ),
  FetchResults: ({operationHandle}, reply) => {
    const answer = waiting.get(keyOf(operationHandle.operationId));
    waiting.delete(keyOf(operationHandle.operationId));
    reply(
      null,
      new types.TFetchResultsResp({
        status: success(),
        hasMoreRows: false,
        results: rows(answer === undefined ? [] : [answer]),
      }),
    );
  },
  CloseOperation: (_request, reply) => reply(null, new types.TCloseOperationResp({status: success()})),
};
const processor = new TCLIService.Processor(handlers);

/** Answers calls on one connection, as thrift's own server does, which knows no SASL. */
function serveThrift(socket, Transport) {
  const receive = Transport.receiver((transport) => {
    const input = new TBinaryProtocol(transport);
    const output = new TBinaryProtocol(new Transport(undefined, (bytes) => socket.write(bytes)));
    try {
      for (;;) {
        processor.process(input, output);
        transport.commitPosition();
      }
    } catch (error) {
      transport.rollbackPosition();
      const isOver =
        error instanceof InputBufferUnderrunError || /Invalid type: undefined/.test(error.message);
      if (!isOver) socket.destroy();
    }
  });
  return (bytes) => receive(bytes);
}

/** SASL of thrift: a status byte, four bytes of length, the payload; START and the credentials, then COMPLETE. */
function serveSasl(socket) {
  let pending = Buffer.alloc(0);
  let mechanism;
  return function negotiate(bytes) {
    pending = Buffer.concat([pending, bytes]);
    while (pending.length >= 5 && pending.length >= 5 + pending.readUInt32BE(1)) {
      const payload = pending.subarray(5, 5 + pending.readUInt32BE(1));
      pending = pending.subarray(5 + payload.length);
      if (mechanism === undefined) {
        mechanism = payload.toString();
        if (mechanism === 'PLAIN') continue;
      }
      const isGood = mechanism === 'PLAIN' && payload.includes(0);
      const text = Buffer.from(isGood ? '' : 'refused');
      const head = Buffer.from([isGood ? 5 : 3, 0, 0, 0, text.length]);
      socket.write(Buffer.concat([head, text]));
      if (!isGood) return socket.end();
      socket.off('data', negotiate);
      const onData = serveThrift(socket, TFramedTransport);
      socket.on('data', onData);
      if (pending.length > 0) onData(pending);
      return undefined;
    }
    return undefined;
  };
}

function listen(where, hasSasl) {
  const server = createServer((socket) => {
    socket.setNoDelay();
    socket.on('error', () => socket.destroy());
    socket.on('data', hasSasl ? serveSasl(socket) : serveThrift(socket, TBufferedTransport));
  });
  return new Promise((resolve) => server.listen(Number(where), host, resolve));
}

const listening = [
  listen(port, values.sasl),
  ...values.also.map((each) => listen(each.replace(':sasl', ''), each.endsWith(':sasl'))),
];
if (values.web !== undefined) {
  const web = createWebServer((request, response) => {
    response.writeHead(request.url === '/healthz' ? 200 : 404).end('OK');
  });
  listening.push(new Promise((resolve) => web.listen(Number(values.web), host, resolve)));
}
await Promise.all(listening);
console.log(`${name} listens`);
