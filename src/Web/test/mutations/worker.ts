// Runs in a thread that the test ends if a reader does not come back.
import { parentPort, workerData } from 'node:worker_threads';
import { mutate, random } from './mutate.ts';
import { readers } from './readers.ts';

const { rounds, seed, progress } = workerData as { rounds: number; seed: number; progress: Int32Array };
const unexpected: string[] = [];
for (const [index, [name, { inputs, read }]] of Object.entries(readers).entries()) {
  progress[0] = index;
  for (let round = 0; round < rounds; round++) {
    progress[1] = round;
    const next = random(seed + round);
    const input = inputs[round % inputs.length]!;
    const bytes = round < inputs.length ? input : mutate(input, next);
    try {
      await read(bytes);
    } catch (error) {
      // Damage is an error with a message; these are faults of the reader.
      if (error instanceof RangeError || error instanceof TypeError || error instanceof ReferenceError)
        unexpected.push(`${name}, round ${round}: ${error.stack}`);
    }
  }
}
parentPort?.postMessage(unexpected);
