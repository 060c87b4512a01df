// Remembers the linear memory of every WebAssembly instance that is made after this module.
const memories = [];

const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    if (this.exports.memory) memories.push(this.exports.memory);
  }
};

/** Bytes of all of them; an instance's memory grows and never shrinks. */
export function linearMemory() {
  return memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}
