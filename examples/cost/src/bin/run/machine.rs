//! The entry of each family's runtime, and a counter that under QEMU's `-icount` goes by
//! instructions.

#[cfg(target_arch = "arm")]
pub(crate) use cortex_m_rt::entry;
#[cfg(target_arch = "riscv32")]
pub(crate) use riscv_rt::entry;

/// How far the counter goes while `work` is done: of the RISC-V counter of instructions.
#[cfg(target_arch = "riscv32")]
pub(crate) fn counted(work: impl FnOnce()) -> u32 {
    use riscv::register::minstret;
    let before = minstret::read();
    work();
    u32::try_from(minstret::read().wrapping_sub(before)).unwrap_or(u32::MAX)
}

/// How far the counter goes while `work` is done: of the Cortex-M system timer, at most 2²⁴.
#[cfg(target_arch = "arm")]
pub(crate) fn counted(work: impl FnOnce()) -> u32 {
    use cortex_m::peripheral::{Peripherals, SYST, syst::SystClkSource};
    const LAST: u32 = 0x00ff_ffff;
    if let Some(mut peripherals) = Peripherals::take() {
        peripherals.SYST.set_clock_source(SystClkSource::Core);
        peripherals.SYST.set_reload(LAST);
        peripherals.SYST.clear_current();
        peripherals.SYST.enable_counter();
    }
    // It counts down.
    let before = SYST::get_current();
    work();
    before.wrapping_sub(SYST::get_current()) & LAST
}
