//! What a panic does in a policy: it traps, and says nothing, so that no text formatting is carried along.

#[panic_handler]
fn halt(_info: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
