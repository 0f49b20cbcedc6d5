// What our own events in the stream are called. docs/fleet.md

/** Asks the worker that has a job to stop it. */
export const cancelName = 'cancel';
/** A job is over since somebody cancelled it. */
export const cancelledName = 'cancelled';
/** The dists of a job are at their places: its worker no longer needs the folder that is named. */
export const collectedName = 'collected';

/** What a job has failed of when its worker was asked to stop it. @param by `by me on host` */
export const renderCancelled = (by: string): string => `It was cancelled ${by}.`;

/** @returns undefined for any other reason. */
export const cancelledBy = (reason: string): string | undefined =>
  /^It was cancelled (by .*)\.$/.exec(reason)?.[1];
