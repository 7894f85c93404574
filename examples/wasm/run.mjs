// Loads the module given by its path, lets it train, and exits with its status: node run.mjs MODULE.wasm
import { readFile } from "node:fs/promises";

const bytes = await readFile(process.argv[2]);
const { instance } = await WebAssembly.instantiate(bytes, {
  host: {
    print(text, length) {
      process.stdout.write(new Uint8Array(instance.exports.memory.buffer, text, length));
    },
  },
});
process.exitCode = instance.exports.train();
