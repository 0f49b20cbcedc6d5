// A queue in Postgres instead of Redis. The only door to pg. Knows no job.
import {createPostgresBackend, runMigrations, DEFAULT_SCHEMA} from 'bullmq';
import {Pool} from 'pg';
import {describeError, HostError} from '../core/errors.ts';
import type {QueueAddress} from './queue-address.ts';

export {createPostgresBackend};
export type {Pool};

/** A worker and each listener hold a connection for as long as they are there. */
const connections = 10;

/** Makes the tables where they are not there yet. @throws HostError */
export async function openPostgres({url, name}: QueueAddress): Promise<Pool> {
  const options = `-c search_path="${DEFAULT_SCHEMA}"`;
  const pool = new Pool({
    connectionString: url,
    options,
    max: connections,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  });
  pool.on('error', () => undefined); // Of a connection that was not in use; the next one is made anew.
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client, DEFAULT_SCHEMA);
    } finally {
      client.release();
    }
    return pool;
  } catch (error) {
    await pool.end().catch(() => undefined);
    throw new HostError(
      `The queue ${name} cannot be used: ${describeError(error)}`,
      'See whether Postgres (13 or newer) runs there, and may be reached from here: psql <url> -c "select 1"',
      {cause: error},
    );
  }
}
