// Owns how much is done at once, and that nothing more is begun after a failure. The only door to p-limit.
import pLimit from 'p-limit';

/** Results in the order of the items. @throws The first failure; what was begun by then goes on. */
export async function mapLimited<T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const queue = pLimit(limit);
  return queue.map(items, async (item) => {
    try {
      return await work(item);
    } catch (error) {
      queue.clearQueue();
      throw error;
    }
  });
}
