// What the tests of real machines share: scenes that are looked after, whatever became of the test.
import {afterEach, expect} from 'vitest';
import {clearScene, createScene, runHost, type Scene} from './scene.mjs';

/** @returns How to make a scene. After each test lxc must list no machine of its scenes; what it does list is destroyed. */
export function useScenes(): (options?: Parameters<typeof createScene>[0]) => Promise<Scene> {
  let scenes: Scene[] = [];
  afterEach(async () => {
    const ended = scenes;
    scenes = [];
    const listed = (await runHost('lxc-ls', '-1')).stdout.split('\n');
    for (const scene of ended) await clearScene(scene);
    expect(listed.filter((name) => ended.some(({label}) => name.includes(label)))).toEqual([]);
  });
  return async (options) => {
    const scene = await createScene(options);
    scenes.push(scene);
    return scene;
  };
}
