// What our own events in the stream are called. docs/fleet.md

/** Asks the worker that has a job to stop it. */
export const cancelName = 'cancel';
/** A job is over since somebody cancelled it. */
export const cancelledName = 'cancelled';
/** The dists of a job are at their places. */
export const collectedName = 'collected';
