/** The module as workerd's bundlers give it: compiled. */
declare module '*/stateledger.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

/** The same bytes as text; written by scripts/build.mjs. */
declare module '*/stateledger.wasm.base64.js' {
  export const BASE64: string;
}
