//! Work that may outlive the answer.

use worker::js_sys::Promise;
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::wasm_bindgen_futures::future_to_promise;

#[wasm_bindgen(module = "cloudflare:workers")]
extern "C" {
    #[wasm_bindgen(js_name = waitUntil)]
    fn wait_until_promise(promise: &Promise);
}

/// Runs `future` to its end although the current request may be answered first.
pub(crate) fn wait_until(future: impl Future<Output = ()> + 'static) {
    let promise = future_to_promise(async {
        future.await;
        Ok(JsValue::UNDEFINED)
    });
    wait_until_promise(&promise);
}
