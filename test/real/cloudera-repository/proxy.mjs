// A proxy of the distribution's, tinyproxy, for as long as a test takes.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

/** @param {{address: string, port: number, folder: string, login?: string}} options `user password`, as tinyproxy has it. */
export async function startProxy({address, port, folder, login}) {
  const file = join(folder, 'tinyproxy.conf');
  const log = join(folder, 'tinyproxy.log');
  const lines = [`Port ${port}`, `Listen ${address}`, 'Timeout 600', `LogFile "${log}"`, 'MaxClients 100'];
  writeFileSync(file, [...lines, ...(login === undefined ? [] : [`BasicAuth ${login}`]), ''].join('\n'));
  const child = spawn('tinyproxy', ['-d', '-c', file], {stdio: 'ignore'});
  for (let attempt = 0; attempt < 50 && !(await isOpen(address, port)); attempt += 1) await sleep(100);
  return {
    log,
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function isOpen(host, port) {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
